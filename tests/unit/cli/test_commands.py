"""The next command to try is one that can be typed as it is told."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from slipway.cli.commands import commands_in
from slipway.cli.main import app
from slipway.cli.synth import Synthesis, text

SLIPWAY = Path(__file__).resolve().parents[3] / "slipway"
FOLDERS = ("release", "operations", "cli")
VERBS = {
    name
    for name, command in typer.main.get_command(app).commands.items()  # type: ignore[attr-defined]
    if any(each.name == "service" for each in command.params)
} - {"init"}
# What somebody has run, told to others: no command to try.
DONE = re.compile(r"slipway release by $|has stopped slipway run \($|of slipway run( any more)?$")


@pytest.mark.parametrize(
    ("environment", "about", "deploy"),
    [
        ("prod", "slipway watch cart -e prod --plain", "slipway deploy prod"),
        ("local", "slipway watch cart --local --plain", "slipway deploy --local"),
    ],
)
def test_a_command_names_the_environment_as_the_verb_takes_it(
    environment: str, about: str, deploy: str
) -> None:
    commands = commands_in(environment)
    assert commands.about("cart", "watch", "--plain") == about
    assert commands.about_environment("deploy") == deploy


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ("local", "Next: slipway diff --local, or slipway deploy --local"),
        ("prod", "Next: slipway diff prod, or slipway deploy prod"),
        (None, "Next: slipway diff ENV, or slipway deploy ENV"),
    ],
)
def test_what_comes_after_a_synthesis_is_about_the_same_environment(
    environment: str | None, told: str
) -> None:
    assert text(Synthesis(folder="cdk.out", stacks=()), environment).endswith(told)


def literals(file: Path) -> Iterator[str]:
    """What a module may say: its strings, without those that document it."""
    tree = ast.parse(file.read_text())
    documentation = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in documentation:
            yield str(node.value)


def test_no_message_leaves_out_the_service_or_where_it_is() -> None:
    bare = re.compile(rf"\bslipway ({'|'.join(sorted(VERBS))})\b")
    assert {"watch", "status", "deploy"} <= VERBS
    found = [
        f"{file.relative_to(SLIPWAY)}: {literal}"
        for folder in FOLDERS
        for file in sorted((SLIPWAY / folder).glob("*.py"))
        for literal in literals(file)
        if bare.search(literal) and not DONE.search(literal)
    ]
    # Only the next step after `slipway init` is known without a service of theirs.
    assert [each for each in found if "slipway deploy --local" not in each] == []
