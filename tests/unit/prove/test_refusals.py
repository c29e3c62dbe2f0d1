"""What makes a run refuse to begin, before it has made anything."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from prove.__main__ import agreed
from prove.aws import refuse_valued_account
from prove.errors import ProveError
from prove.place import Place
from prove.state import State
from slipway.settings import load

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = load(ROOT / "tests" / "application")


def place(account: str) -> Place:
    def nothing(service: str) -> None:
        raise AssertionError(f"{service} was asked")

    return Place(
        account=account,
        region="eu-west-1",
        client=nothing,
        cdk_environment={},
        build=lambda *_arguments, **_options: "",
        interval=timedelta(),
    )


@pytest.mark.parametrize(("key", "value"), [("removal_policy", "retain"), ("approval", "required")])
def test_an_account_in_which_somebody_keeps_something_is_refused(key: str, value: str) -> None:
    environment = SETTINGS.environment("local").model_copy(
        update={"removal_policy": "destroy", "approval": "none", key: value}
    )
    with pytest.raises(ProveError, match=f"local.yaml has {key}: {value}"):
        refuse_valued_account(place(environment.account), [environment])
    refuse_valued_account(place("999999999999"), [environment])


def test_an_account_whose_environment_may_go_is_not_refused() -> None:
    environment = SETTINGS.environment("local")
    assert (environment.removal_policy, environment.approval) == ("destroy", "none")
    refuse_valued_account(place(environment.account), [environment])


def test_nobody_there_to_agree_is_a_refusal_that_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Path(os.devnull).open())  # noqa: SIM115
    with pytest.raises(ProveError, match=r"--account 1 --yes"):
        agreed("1", given=None, yes=False)
    with pytest.raises(ProveError, match=r"--account 1 --yes"):
        agreed("1", given=None, yes=True)
    assert agreed("1", given="1", yes=True)


def test_credentials_of_another_account_than_was_named_are_refused() -> None:
    with pytest.raises(ProveError, match="of account 1, not 2"):
        agreed("1", given="2", yes=True)


@pytest.mark.parametrize(
    ("typed", "yes"), [("1", True), (" 1 ", True), ("yes", False), ("", False)]
)
def test_only_the_account_s_id_is_a_yes(
    typed: str, yes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _prompt: typed)
    assert agreed("1", given=None, yes=False) is yes


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nothing = {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return subprocess.run(
        [sys.executable, "-m", "prove", *arguments],
        cwd=ROOT,
        env={**kept, **nothing, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def test_without_a_region_it_ends_in_one_line() -> None:
    ended = run()
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert "No region is chosen" in line


def test_without_credentials_it_ends_in_one_line() -> None:
    ended = run("--yes", AWS_REGION="eu-west-1")
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert "no credentials that AWS takes" in line


def test_with_nothing_to_clean_up_it_says_where_to_look() -> None:
    ended = run("--clean-up")
    assert ended.returncode == 0
    assert "nothing to clean up" in ended.stdout
    assert "Key=slipway:environment,Values=prove" in ended.stdout


def test_a_state_that_nobody_wrote_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    assert State.read(file) is None
    file.write_text("{}")
    with pytest.raises(ProveError, match="not readable"):
        State.read(file)
