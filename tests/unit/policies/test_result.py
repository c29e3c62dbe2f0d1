"""What is said of a result: on the screen, for machines, and on the page."""

import dataclasses

import pytest

from policies import page, screen
from policies.assembly import Assembly
from policies.checked import Checked
from policies.register import Acknowledgement, Finding
from policies.run import Result, conclude
from slipway_constructs.listeners import PLAIN_HTTP_METADATA

from .conftest import BUCKET, REASON

SECONDS = {"synthesis": 8.0, "all": 20.0}


def result(assembly: Assembly, *checkers: Checked) -> Result:
    return conclude(assembly, checkers, SECONDS)


def breaking(checked: Checked, rule: str, path: str) -> Checked:
    finding = Finding(checked.checker, f"Checkov::{rule}", path, "ACLs are open.")
    return dataclasses.replace(checked, findings=(*checked.findings, finding))


def test_everything_holds_when_each_finding_is_acknowledged(
    assembly: Assembly, checkov: Checked
) -> None:
    held = result(assembly, checkov)
    assert held.holds
    assert not list(screen.todo(held))
    head, row, *_ = screen.lines(held)
    assert row.split() == ["checkov", "3.3.30", "2", "2", "1", "1", "0", "10"]
    assert max(map(len, (head, row))) <= 80


def test_a_resource_that_breaks_a_rule_is_named(assembly: Assembly, checkov: Checked) -> None:
    broken = result(assembly, breaking(checkov, "CKV_AWS_53", f"{BUCKET}/Resource"))
    assert not broken.holds
    assert list(screen.todo(broken)) == [
        f"open: {BUCKET}/Resource: CKV_AWS_53: ACLs are open. Mend it, or acknowledge it there."
    ]


def test_an_acknowledgement_that_nobody_needs_is_named(
    assembly: Assembly, checkov: Checked
) -> None:
    quiet = result(assembly, dataclasses.replace(checkov, findings=()))
    assert not quiet.holds
    assert list(screen.todo(quiet)) == [
        f"stale: {BUCKET}: Checkov::CKV_AWS_18: no checker finds this any more. Remove it."
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"rules": ()}, "looked at nothing"),
        ({"resources": 0}, "looked at nothing"),
        ({"problem": "has not run"}, "has not run"),
    ],
)
def test_a_checker_that_checked_nothing_is_a_failure(
    assembly: Assembly, checkov: Checked, change: dict[str, object], problem: str
) -> None:
    idle = result(assembly, dataclasses.replace(checkov, **change))
    assert not idle.holds
    assert f"not checked: checkov {problem}" in list(screen.todo(idle))


def test_what_the_template_does_not_say_is_told(assembly: Assembly, checkov: Checked) -> None:
    """Whoever runs checkov by hand would have a finding that our register explains."""
    path = "Dev/Network/Queue"
    register = (*assembly.acknowledgements, Acknowledgement("Checkov::CKV_AWS_27", path, REASON))
    acknowledged = dataclasses.replace(assembly, acknowledgements=register)
    loud = result(acknowledged, breaking(checkov, "CKV_AWS_27", path))
    assert not loud.judgement.open
    assert not loud.holds
    (line,) = screen.todo(loud)
    assert line.startswith(f"unwritten: {path}: CKV_AWS_27")


def test_machines_get_all_of_it(assembly: Assembly, checkov: Checked) -> None:
    report = screen.as_json(result(assembly, breaking(checkov, "CKV_AWS_53", BUCKET)))
    assert report["holds"] is False
    assert [each["path"] for each in report["open"]] == [BUCKET]
    assert [each["reason"] for each in report["acknowledged"]] == [REASON]


def test_the_page_says_where_rules_hold_and_why_findings_stay(
    assembly: Assembly, checkov: Checked
) -> None:
    text = page.text(result(assembly, checkov))
    assert "| `CKV_AWS_53` | Block ACLs | holds |" in text
    assert "| `CKV_AWS_18` | Log access | acknowledged |" in text
    assert f"{REASON}\n\n- Network/Logs/Bucket (Dev): `CKV_AWS_18`\n" in text


def test_the_page_says_once_what_is_the_same_in_every_environment() -> None:
    arn = "arn:aws:ecs:{}:service/shop-{}/*"
    register = [
        Acknowledgement(
            f"AwsSolutions::AwsSolutions-IAM5[Resource::{arn.format(place, stage.lower())}]",
            f"{stage}/Releases/Role",
            REASON,
        )
        for stage, place in (("Dev", "eu-west-1:222222222222"), ("Prod", "eu-west-1:444444444444"))
    ]
    register += [
        Acknowledgement(f"{pack}::{pack}-LambdaDLQ", "Dev/Releases/Function", REASON)
        for pack in ("NIST.800.53.R5", "HIPAA.Security")
    ]
    assert "".join(page.acknowledged(register)) == (
        f"{REASON}\n\n"
        "- Releases/Function (Dev): `LambdaDLQ` (HIPAA.Security, NIST.800.53.R5)\n"
        "- Releases/Role (Dev, Prod): "
        "`AwsSolutions-IAM5[Resource::arn:aws:ecs:<region>:<account>:service/shop-<environment>/*]`"
        "\n\n"
    )


def test_the_page_knows_how_a_listener_without_tls_is_marked() -> None:
    assert page.PLAIN_HTTP_METADATA == PLAIN_HTTP_METADATA
