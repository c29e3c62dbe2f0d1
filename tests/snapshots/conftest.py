"""The recorded templates, and what the guard says of the way from them to today's."""

import datetime
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from slipway.changes import Acknowledgement, judge

RECORDED = Path(__file__).parent / "recorded"
REPLACEMENTS = Path(__file__).parent / "replacements.yaml"
HEAD = """\
# What was replaced or removed although it must stay as a rule, and why: CONTRIBUTING.md says what
# an entry holds. Entries with a day are history; `make snapshots` writes the day.
"""
WHAT_TO_DO = (
    "Undo the change; or, if you want it, acknowledge each line in "
    "tests/snapshots/replacements.yaml, and then run `make snapshots`. No template was recorded."
)


def masked(template):
    """The template without what changes for no reason of its own: hashes of code and images."""
    text = json.dumps(template, indent=2, sort_keys=True)
    return re.sub(r"\b[0-9a-f]{64}\b", "<sha256>", text) + "\n"


def parsed(texts):
    """Templates by the names of their stacks."""
    templates = {}
    for name, text in texts.items():
        try:
            templates[Path(name).stem] = json.loads(text)
        except ValueError as error:
            pytest.fail(
                f"tests/snapshots/recorded/{name} is not JSON ({error}): take it from git again",
                pytrace=False,
            )
    return templates


class Replacements:
    """The acknowledgements of replacements, in their file."""

    def __init__(self, file):
        self.file = file
        try:
            entries = yaml.safe_load(file.read_text()) or ()
            self.entries = [Acknowledgement(**each) for each in entries]
        except (TypeError, yaml.YAMLError) as error:
            pytest.fail(f"{file.name}: {error}", pytrace=False)

    def record(self, used):
        """Make history of those that were used."""
        today = datetime.date.today().isoformat()
        entries = [replace(each, recorded=today) if each in used else each for each in self.entries]
        rows = [
            {key: value for key, value in vars(each).items() if value is not None}
            for each in entries
        ]
        if used:
            body = yaml.safe_dump(rows, sort_keys=False, allow_unicode=True, width=100)
            self.file.write_text(HEAD + body)


@pytest.fixture(scope="session")
def current(templates):
    """What each file of the recorded templates would hold today."""
    return {f"{name}.json": masked(template) for name, template in templates.items()}


@pytest.fixture(scope="session")
def recorded():
    """What each file of the recorded templates holds, before anything is recorded."""
    return {path.name: path.read_text() for path in sorted(RECORDED.glob("*.json"))}


@pytest.fixture(scope="session")
def replacements():
    return Replacements(REPLACEMENTS)


@pytest.fixture(scope="session")
def must_not_take_away():
    """Fail, in a line for each, for what changes would take away and nobody has acknowledged."""

    def check(before, after, acknowledgements=()):
        verdict = judge(before, after, acknowledgements)
        if verdict.lines:
            pytest.fail("\n".join([*verdict.lines, WHAT_TO_DO]), pytrace=False)
        return verdict

    return check


@pytest.fixture(scope="session")
def verdict(must_not_take_away, recorded, current, replacements):
    """What the guard says of today's templates. Recording asks for it, and so can't come first."""
    return must_not_take_away(parsed(recorded), parsed(current), replacements.entries)
