from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.rehearsal import yaml_file

TYPED = """\
account: 012345678901
number: 3
share: 0.50
text: "3"
answer: no
quoted: 'no'
time: 20:00
day: 2026-11-21
nothing:
tilde: ~
empty: ""
umlaut: Grüße
list: [1, "1", yes]
nested: { 1: one, on: true }
long: |
  several
  lines
"""


def plain(text: str) -> dict[str, Any]:
    """Return the text of each value as it stands, without a type."""
    document: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    return document


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "settings.yaml"
    path.write_text(TYPED, encoding="utf-8")
    return path


def test_what_does_not_change_keeps_its_text_and_its_type(file: Path) -> None:
    with yaml_file.edited(file) as document:
        document["new"] = {"a": [1, "1", True]}
        del document["tilde"]
    text = file.read_text(encoding="utf-8")
    typed = yaml.safe_load(TYPED)
    del typed["tilde"]
    assert yaml.safe_load(text) == typed | {"new": {"a": [1, "1", True]}}
    assert plain(text).items() >= {k: v for k, v in plain(TYPED).items() if k != "tilde"}.items()


def test_a_second_edit_finds_what_the_first_left(file: Path) -> None:
    for _ in range(2):
        with yaml_file.edited(file):
            pass
        assert yaml.safe_load(file.read_text(encoding="utf-8")) == yaml.safe_load(TYPED)


def test_values_are_found_as_they_stand(file: Path) -> None:
    document = yaml_file.read(file)
    assert (document["time"], document["answer"]) == ("20:00", "no")
    assert [each for each in document["list"] if each == "1"] == ["1", "1"]


def test_a_file_stays_as_it_was_when_an_edit_fails(file: Path) -> None:
    with pytest.raises(KeyError), yaml_file.edited(file) as document:
        document["number"] = "4"
        del document["nowhere"]
    assert file.read_text(encoding="utf-8") == TYPED


def test_what_stands_twice_is_written_twice() -> None:
    same = {"port": 80}
    assert "&" not in yaml_file.text({"one": same, "other": same})


@pytest.mark.parametrize("account", ["012345678901", "012345670123", "123456789012"])
def test_an_account_is_written_as_a_text(account: str) -> None:
    assert yaml_file.text({"account": account}) == f"account: '{account}'\n"
