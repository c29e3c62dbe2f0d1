"""Every verb is run as a program, against the rehearsal, by a test."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer

from slipway.cli.main import app
from slipway.cli.schemas import OUTPUTS

TESTS = Path(__file__).resolve().parents[2] / "rehearsal"
VERBS = sorted(typer.main.get_command(app).commands)
# What a newcomer's page runs.
IN_PAGES = {"init"}
HOLDING = {"answer", "held", "schema_of"}


@cache
def calls() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What tests with real parts call or list, with the strings in it, in their order."""
    found = []
    for file in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else ""
                found.append((name, tuple(_strings(node.args))))
            elif isinstance(node, ast.List):
                found.append(("", tuple(_strings(node.elts))))
    return tuple(found)


def programs() -> Iterator[str]:
    """The verbs that are given to the program."""
    for function, given in calls():
        if function == "slipway" and given:
            yield given[0]
        elif "slipway" in given[:-1]:
            yield given[given.index("slipway") + 1]


def _strings(arguments: list[ast.expr]) -> Iterator[str]:
    for each in arguments:
        if isinstance(each, ast.Starred):
            each = each.value
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value
        elif isinstance(each, ast.Tuple | ast.List):
            yield from _strings(each.elts)


@pytest.mark.parametrize("verb", sorted(set(VERBS) - IN_PAGES))
def test_a_verb_is_run_as_a_program(verb: str) -> None:
    assert verb in set(programs())


@pytest.mark.parametrize("verb", sorted(OUTPUTS))
def test_what_a_verb_answers_with_json_is_held_against_its_schema(verb: str) -> None:
    held = {given[-1] for function, given in calls() if function in HOLDING and given}
    assert verb in held
