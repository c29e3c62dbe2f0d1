"""What every page of the help promises, and that it can be read in a narrow terminal."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from slipway.cli.main import app


def _leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not hasattr(command, "commands"):
        yield words, command
        return
    for name, below in command.commands.items():
        yield from _leaves(below, (*words, name))


VERBS = {" ".join(words): command for words, command in _leaves(typer.main.get_command(app))}


def arguments(verb: str) -> list[str]:
    return [each.metavar for each in VERBS[verb].params if each.param_type_name == "argument"]


def options(verb: str) -> set[str]:
    return {option for each in VERBS[verb].params for option in each.opts if option[0] == "-"}


def page(*words: str) -> str:
    result = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "80"})
    assert result.exit_code == 0
    return result.output


OF_AN_ENVIRONMENT = [verb for verb in VERBS if "ENV" in arguments(verb)]
OF_A_SERVICE = [verb for verb in VERBS if "SERVICE" in arguments(verb)]


def test_every_verb_is_in_the_help() -> None:
    assert {verb.split()[0] for verb in VERBS} <= set(page().split())


@pytest.mark.parametrize("verb", VERBS)
def test_a_page_is_whole_at_80_columns(verb: str) -> None:
    text = page(*verb.split())
    assert max(map(len, text.splitlines())) == 80
    words = set(text.split())
    for each in VERBS[verb].params:
        assert (each.metavar or "") in text
        assert set(each.help.split()) <= words, each.name


def test_the_program_is_told_apart_by_what_it_is_about() -> None:
    """A verb about an environment takes it as its one argument, one about a service that and -e."""
    named = {"init environment", "init service", "schema"}
    assert set(OF_AN_ENVIRONMENT) & set(OF_A_SERVICE) == set()
    assert set(VERBS) - {*OF_AN_ENVIRONMENT, *OF_A_SERVICE} - named == {"lock", "rehearse"}
    for verb in VERBS:
        assert ("-e" in options(verb)) == (verb in OF_A_SERVICE), verb


@pytest.mark.parametrize(
    ("option", "verbs"),
    [
        # The rehearsal gets ready by itself.
        ("--local", {*OF_AN_ENVIRONMENT, *OF_A_SERVICE} - {"bootstrap"}),
        # A schema is the same everywhere.
        ("--root", VERBS.keys() - {"schema"}),
        ("--plain", {"deploy", "release", "approve", "reject", "stop", "rollback", "watch"}),
        ("--description", {"deploy", "release"}),
        ("--assembly", {"diff", "cost", "diagram"}),
        ("--tooling", {"bootstrap", "doctor", "cost"}),
    ],
)
def test_verbs_that_are_alike_take_the_same_option(option: str, verbs: set[str]) -> None:
    assert {verb for verb in VERBS if option in options(verb)} == verbs


def test_an_option_is_the_same_wherever_it_is() -> None:
    # What these allow, name, look at or answer with is their verb's own.
    own = {"--yes", "--service", "--memory", "--check", "--tooling", "--json"}
    told: dict[str, set[tuple[str, str]]] = {}
    for command in VERBS.values():
        for each in command.params:
            told.setdefault(each.opts[0], set()).add((each.metavar, each.help))
    differ = {option for option, texts in told.items() if len(texts) > 1 and option[0] == "-"}
    assert differ == own
