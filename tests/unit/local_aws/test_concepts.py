"""The pages on what is carried out here name, for each behaviour, a test that there is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDERS = {
    "codedeploy.md": ("tests/unit/local_aws/codedeploy", "tests/rehearsal/local_aws/codedeploy"),
    "codepipeline.md": (
        "tests/unit/local_aws",
        "tests/rehearsal/local_aws/codebuild",
        "tests/rehearsal/local_aws/codepipeline",
        "tests/rehearsal/accounts",
    ),
}
HEADS = ("|---", "| behaviour", "| what happens")

pytestmark = pytest.mark.parametrize("page", FOLDERS)


def text_of(page: str) -> str:
    return (ROOT / "docs" / "concepts" / page).read_text(encoding="utf-8")


def known_tests(page: str) -> set[str]:
    return {
        name
        for folder in FOLDERS[page]
        for module in (ROOT / folder).rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", module.read_text(), re.MULTILINE)
    }


def test_every_row_names_a_test_that_there_is(page: str) -> None:
    there_are = known_tests(page)
    rows = [
        line
        for line in text_of(page).splitlines()
        if line.startswith("|") and not line.startswith(HEADS)
    ]
    assert len(rows) > 40
    for row in rows:
        named = set(re.findall(r"`(test_\w+)`", row))
        assert named, row
        assert named <= there_are, row


def test_every_link_has_its_address(page: str) -> None:
    text = text_of(page)
    used = set(re.findall(r"\[(\w+)\](?!\(|:)", text))
    assert used == set(re.findall(r"^\[(\w+)\]: https://", text, re.MULTILINE))
