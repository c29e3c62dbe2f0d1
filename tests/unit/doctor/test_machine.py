import json
from pathlib import Path

from slipway.doctor import Verdict, look_at_machine

ROOT = Path(__file__).resolve().parents[3]


def found(checkout: Path) -> dict[str, str]:
    return {each.check: each.verdict for each in look_at_machine(checkout)}


def test_a_machine_that_is_set_up_is_well() -> None:
    assert set(found(ROOT).values()) == {Verdict.OK}


def test_what_is_not_installed_or_another_version_is_mended_by_set_up(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(json.dumps({"devDependencies": {"aws-cdk": "2.0.1"}}))
    assert found(tmp_path)["CDK command line"] is Verdict.MEND
    installed = tmp_path / "node_modules" / "aws-cdk"
    installed.mkdir(parents=True)
    (installed / "package.json").write_text(json.dumps({"version": "2.0.0"}))
    (finding,) = (e for e in look_at_machine(tmp_path) if e.check == "CDK command line")
    assert (finding.says, finding.mend) == ("2.0.0, package.json has 2.0.1", "make set-up")
