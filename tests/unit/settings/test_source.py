"""Files that are no settings at all: one line each, never a traceback."""

import os
from pathlib import Path

import pytest

from slipway.settings import SettingsError
from slipway.settings.source import Node, read


def mistake(folder: Path, content: str | bytes) -> str:
    data = content.encode() if isinstance(content, str) else content
    (folder / "file.yaml").write_bytes(data)
    with pytest.raises(SettingsError) as caught:
        read(folder, "file.yaml")
    assert len(caught.value.lines) == 1
    assert "\n" not in str(caught.value)
    return caught.value.lines[0]


def tree(folder: Path, content: str) -> Node:
    (folder / "file.yaml").write_text(content)
    return read(folder, "file.yaml").root


def test_scalars_stay_the_text_that_was_written(tmp_path: Path) -> None:
    root = tree(tmp_path, "a: 20:00\nb: no\nc: 012345678901\nd: 1_000\ne: ~\nf: 1e3\n")
    assert root.plain() == {
        "a": "20:00",
        "b": "no",
        "c": "012345678901",
        "d": "1_000",
        "e": "~",
        "f": "1e3",
    }


def test_values_know_their_lines_and_paths(tmp_path: Path) -> None:
    root = tree(tmp_path, "# a comment\na:\n  b:\n    - x\n    - c: y\n  d:\n    z\n")
    found = {node.dotted: node.line for node in _all(root)}
    assert found == {"": 2, "a": 2, "a.b": 3, "a.b[0]": 4, "a.b[1]": 5, "a.b[1].c": 5, "a.d": 7}


def _all(node: Node) -> list[Node]:
    children: list[Node] = []
    if isinstance(node.value, dict):
        children = list(node.value.values())
    elif isinstance(node.value, list):
        children = node.value
    return [node, *(below for child in children for below in _all(child))]


def test_an_alias_repeats_its_anchor_where_it_stands(tmp_path: Path) -> None:
    root = tree(tmp_path, "a: &limit {max: 3}\nb: *limit\n")
    assert root.plain() == {"a": {"max": "3"}, "b": {"max": "3"}}
    assert [node.dotted for node in _all(root)][-1] == "b.max"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "file.yaml:1: is empty; it must hold a mapping"),
        ("# only a comment\n", "file.yaml:1: is empty; it must hold a mapping"),
        ("- a\n- b\n", "file.yaml:1: must hold a mapping: lines of `key: value`"),
        ("\nhello\n", "file.yaml:2: must hold a mapping: lines of `key: value`"),
        ("a: 1\nb:\n  c: 2\n  c: 3\n", "file.yaml:4: b.c is here twice; it is on line 3 already"),
        ("a: 1\n---\nb: 2\n", "file.yaml:2: must hold one document; remove this `---`"),
        ("a:\n\tb: 1\n", "file.yaml:2: has a tab where YAML wants spaces; indent with spaces"),
        ("a: !!python/object:os.system x\n", "file.yaml:1: has the tag tag:yaml.org,2002:python"),
        ("a: !Ref x\n", "file.yaml:1: has the tag !Ref; write a plain value"),
        ("a: 1\n? [b]\n: 2\n", "file.yaml:2: has a key that is not text"),
        ("a: *unknown\n", "file.yaml:1: has *unknown before its &unknown"),
        ("a: &a [*a]\n", "file.yaml:1: has *a before its &a"),
        ("a: [1, 2\nb: 3\n", "file.yaml:2: is not valid YAML: "),
        ("a: 'x\n", "file.yaml:2: is not valid YAML: found unexpected end of stream"),
        ('a: 1\nb: "\\UFFFFFFFF"\n', "file.yaml:2: has an escape or a version out of range"),
        (b"a: 1\nb: \xff\xfe\n", "file.yaml:2: must be text in UTF-8"),
        (b"a: 1\nb: \x00\n", "file.yaml:2: has the control character U+0000; remove it"),
        (b"\x89PNG\r\n\x1a\n", "file.yaml:1: must be text in UTF-8"),
    ],
)
def test_what_is_no_yaml_of_ours_is_one_line(
    tmp_path: Path, content: str | bytes, expected: str
) -> None:
    assert mistake(tmp_path, content).startswith(expected)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_is_refused_without_recursion(tmp_path: Path, opening: str) -> None:
    line = mistake(tmp_path, "a:\n  " + opening * 100_000)
    assert line.startswith("file.yaml:2: ")
    assert "nested deeper than 50 levels" in line or "a key that is not text" in line


def test_aliases_that_explode_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert "holds more than 20000 values" in mistake(tmp_path, "\n".join(lines))


def test_aliases_of_a_long_text_are_refused(tmp_path: Path) -> None:
    content = f"a: &a {'x' * 500_000}\nb: [{', '.join(['*a'] * 9000)}]\n"
    assert mistake(tmp_path, content) == (
        "file.yaml:2: holds more than 1 MiB of text, aliases written out"
    )


@pytest.mark.parametrize("text", ['"\\ud83d": x', 'x: "\\ude00"', 'x: ["\\uD800"]'])
def test_half_a_character_is_refused_in_keys_and_values(tmp_path: Path, text: str) -> None:
    assert mistake(tmp_path, f"a: 1\n{text}\n").endswith(
        "half a character; write the character itself"
    )


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    assert mistake(tmp_path, b"#" * (1024 * 1024 + 1)) == (
        "file.yaml:1: is larger than 1 MiB, which is no file of settings"
    )


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    (tmp_path / "file.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert read(tmp_path, "file.yaml").root.plain() == {"a": "1", "b": "2"}


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^file\.yaml:1: there is no such file; create it"):
        read(tmp_path, "file.yaml")


def test_a_folder_or_pipe_in_the_file_s_place_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    for file in ("folder.yaml", "pipe.yaml"):
        with pytest.raises(SettingsError, match=f"^{file}:1: must be a file; move what is there"):
            read(tmp_path, file)


def test_a_file_that_may_not_be_read_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file.yaml").write_text("a: 1\n")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SettingsError, match=r"^file\.yaml:1: cannot be read: Permission denied$"):
        read(tmp_path, "file.yaml")
