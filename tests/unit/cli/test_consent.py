"""Where an environment needs approval, somebody gives it."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from slipway.cli import consent

QUESTION = "Release storefront to prod?"


def settings(approval: str) -> Any:
    return SimpleNamespace(environment=lambda _: SimpleNamespace(approval=approval))


def test_an_environment_may_ask_for_no_approval() -> None:
    assert consent.confirmed(settings("none"), "dev", QUESTION, yes=False)


def test_a_script_gives_its_approval_in_so_many_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    assert not consent.confirmed(settings("required"), "prod", QUESTION, yes=False)
    told = capsys.readouterr().err
    assert told.startswith(f"{QUESTION} In prod that needs approval (environments/prod.yaml)")
    assert "add --yes if you give it. Nothing was done." in told
    assert consent.confirmed(settings("required"), "prod", QUESTION, yes=True)


@pytest.mark.parametrize("answer", [True, False])
def test_a_person_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: bool
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    asked: list[str] = []
    monkeypatch.setattr(
        consent.typer, "confirm", lambda question, **_: asked.append(question) or answer
    )
    assert consent.confirmed(settings("required"), "prod", QUESTION, yes=False) is answer
    assert asked == [QUESTION]
    assert ("Nothing was done." in capsys.readouterr().err) is not answer


TOUCHING = {
    "release": (),
    "run": ("--", "true"),
    "exec": ("--", "true"),
    "scale": ("--tasks", "2"),
    "secrets": ("--generate", "SESSION_KEY"),
}


@pytest.fixture
def guarded(clone: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment that needs approval, and nobody who can be asked."""
    with (clone / "environments/local.yaml").open("a") as file:
        file.write("approval: required\n")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    return clone


def answer(run: Any, verb: str, service: str, root: Path) -> tuple[int, str, str]:
    told: tuple[int, str, str] = run(verb, service, "--local", "--root", str(root), *TOUCHING[verb])
    return told


@pytest.mark.parametrize("verb", sorted(TOUCHING))
def test_without_a_word_nothing_is_asked_of_aws(run: Any, guarded: Path, verb: str) -> None:
    code, _, err = answer(run, verb, "storefront", guarded)
    # A kept rehearsal is only looked for afterwards.
    assert code == 1
    assert err.endswith("add --yes if you give it. Nothing was done.\n")


@pytest.mark.parametrize("verb", sorted(TOUCHING))
def test_nobody_is_asked_about_a_service_that_is_not_there(
    run: Any, guarded: Path, verb: str
) -> None:
    told = answer(run, verb, "moon", guarded)
    assert told == (2, "", "There is no service moon; known: storefront\n")
