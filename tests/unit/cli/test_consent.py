"""Where an environment needs approval, somebody gives it."""

import sys
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
