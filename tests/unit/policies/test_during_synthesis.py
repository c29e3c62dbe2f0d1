"""Who checks while the templates are made."""

import dataclasses
from pathlib import Path

from policies.assembly import GUARD, VALIDATOR, Assembly
from policies.during_synthesis import PACKS, checked_during_synthesis, guard_rules
from policies.register import Finding
from stacks import policy

VALIDATOR_RULES = ["E3002", "W3010"]


def test_every_pack_that_synthesis_runs_has_a_row(assembly: Assembly) -> None:
    rows = [each.checker for each in checked_during_synthesis(assembly, VALIDATOR_RULES)]
    assert rows == [*PACKS, GUARD, VALIDATOR]
    assert len(PACKS) == len(policy.PACKS)


def test_a_pack_that_says_nothing_has_not_run(assembly: Assembly) -> None:
    """Every pack has something that is acknowledged: all silence is suspicious."""
    reports = {each.checker: each for each in checked_during_synthesis(assembly, VALIDATOR_RULES)}
    assert not reports["AwsSolutions"].problem
    assert "has it run?" in reports["Serverless"].problem


def test_our_rules_and_the_validators_run_together(assembly: Assembly) -> None:
    for name in (GUARD, VALIDATOR):
        packs = {name: [Finding(name, "CloudFormation-Validate::X", "Dev/Network/X")]}
        reports = checked_during_synthesis(
            dataclasses.replace(assembly, packs=packs), VALIDATOR_RULES
        )
        problems = {each.checker: each.problem for each in reports}
        assert not problems[GUARD]
        assert not problems[VALIDATOR]
        assert problems["AwsSolutions"]


def test_a_rule_says_whether_it_has_something_to_look_at(assembly: Assembly) -> None:
    pack = checked_during_synthesis(assembly, VALIDATOR_RULES)[0]
    assert "AwsSolutions-S1" in pack.rules
    assert "AwsSolutions-S1" not in pack.holding
    assert "AwsSolutions-RDS2" in pack.idle


def test_guard_rules_are_read_with_what_they_mean(tmp_path: Path) -> None:
    (tmp_path / "logs.guard").write_text(
        "# About logs.\n\n"
        "# Without a retention\n# logs are kept for ever.\n"
        "rule LOGS_END when %groups !empty {\n}\n"
        "rule helps(groups) {\n}\n"
    )
    assert guard_rules(tmp_path) == {"LOGS_END": "Without a retention logs are kept for ever."}


def test_each_of_our_guard_rules_says_what_it_is_for() -> None:
    assert guard_rules()
    for rule, meaning in guard_rules().items():
        assert meaning.endswith((".", "html")), rule
