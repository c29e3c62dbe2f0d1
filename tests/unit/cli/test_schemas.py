"""What the verbs answer with --json is described, and the description is recorded."""

from pathlib import Path

import pytest

from slipway.cli import schemas
from slipway.cli.schemas import FILES, schema_of, text_of
from slipway.cli.usage import UsageError

RECORDED = Path(__file__).resolve().parents[3] / "docs" / "reference" / "schemas"


@pytest.mark.parametrize("verb", sorted(schemas.RECORDED))
def test_the_recorded_schema_is_today_s(verb: str) -> None:
    recorded = RECORDED / f"{verb}.json"
    assert recorded.read_text() == text_of(verb), "run .venv/bin/python scripts/schemas.py"


def test_nothing_is_recorded_that_no_verb_answers_or_leaves() -> None:
    assert {each.stem for each in RECORDED.glob("*.json")} == set(schemas.RECORDED)


def test_the_docstrings_under_fields_are_descriptions() -> None:
    record = schema_of("status")["$defs"]["DeploymentRecord"]["properties"]
    assert record["rollback_id"]["description"] == "The deployment that rolled this one back."


@pytest.mark.parametrize("file", FILES)
def test_the_files_of_settings_have_theirs(file: str) -> None:
    assert schema_of(file)["type"] == "object"


def test_an_unknown_verb_is_one_line() -> None:
    with pytest.raises(UsageError, match=r"There is no schema of nothing; known: .*status"):
        schema_of("nothing")
