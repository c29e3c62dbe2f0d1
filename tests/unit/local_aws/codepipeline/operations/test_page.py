"""docs/concepts/codepipeline.md names a test for each row."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[5]
PAGE = ROOT / "docs" / "concepts" / "codepipeline.md"
FOLDERS = (
    "tests/unit/local_aws",
    "tests/rehearsal/local_aws/codebuild",
    "tests/rehearsal/local_aws/codepipeline",
    "tests/rehearsal/accounts",
)


def known_tests():
    return {
        name
        for folder in FOLDERS
        for module in (ROOT / folder).rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", module.read_text(), re.MULTILINE)
    }


def rows():
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    return [line for line in lines if not line.startswith(("|---", "| behaviour"))]


def test_every_row_names_a_test_that_there_is():
    there_are = known_tests()
    for row in rows():
        named = set(re.findall(r"`(test_\w+)`", row))
        assert named, row
        assert named <= there_are, row


def test_every_link_has_its_address():
    text = PAGE.read_text()
    used = set(re.findall(r"\[(\w+)\](?!\(|:)", text))
    assert used == set(re.findall(r"^\[(\w+)\]: https://", text, re.MULTILINE))
