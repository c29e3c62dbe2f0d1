"""YAML as a tree of text in which every value knows its line.

YAML's own types bite in settings: ``20:00`` is the number 1200, ``no`` is false, an account
``012…`` an octal number. Here every scalar stays the text that was written, and the models
convert it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import yaml

from slipway.settings.errors import SettingsError

_LARGEST_FILE = 1024 * 1024
_DEEPEST = 50
_MOST_VALUES = 20_000
_MOST_CHARACTERS = _LARGEST_FILE
# libyaml, where PyYAML was built with it: far faster.
_FAST = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
# UTF-16's, which an escape such as "\ud800" makes.
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")
_DEFAULT_TAGS = {None, "!"} | {f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")}

Key: TypeAlias = str | int
Location: TypeAlias = tuple[Key, ...]
Plain: TypeAlias = "str | list[Plain] | dict[str, Plain]"


class Bare(str):
    """Text without quotes, in which other readers of YAML may see a number."""


@dataclass(frozen=True)
class Node:
    """A value, the line it is on (a mapping's or list's: that of its key), and its path."""

    value: "str | list[Node] | dict[str, Node]"
    line: int
    path: Location = ()

    def plain(self) -> Plain:
        """Return the value without lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, key: Key) -> "Node | None":
        """Return the value under a key or index, or None."""
        if isinstance(self.value, dict) and isinstance(key, str):
            return self.value.get(key)
        if isinstance(self.value, list) and isinstance(key, int) and key < len(self.value):
            return self.value[key]
        return None

    def nearest(self, location: Location) -> "Nearest":
        """Return the deepest value on the way to a location."""
        node = self
        for depth, key in enumerate(location):
            child = node.child(key)
            if child is None:
                return Nearest(node, location[depth:])
            node = child
        return Nearest(node)

    @property
    def mapping(self) -> "dict[str, Node]":
        """The value, where it is a mapping; else nothing."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def dotted(self) -> str:
        """The path, for people."""
        return dotted(self.path)


class Nearest(NamedTuple):
    """How far a location exists."""

    node: Node
    """The deepest value on the way."""
    rest: Location = ()
    """The rest of the way."""


@dataclass(frozen=True)
class Source:
    """A file of settings, read."""

    file: str
    """Its path from the root of the project."""
    root: Node
    """Its content: a mapping."""


def read(root: Path, file: str) -> Source:
    """Read a YAML file whose content is a mapping.

    Parameters
    ----------
    root
        The root of the project.
    file
        The file's path from there.

    Raises
    ------
    SettingsError
        One line, if the file can't be read, is no YAML, or is more than settings need: over
        1 MiB, nested deeper than 50 levels, with more than 20,000 values; aliases count as what
        they stand for.
    """
    text = _text(root, file)
    try:
        node = _Reader(file, text, _FAST).document()
    except (yaml.YAMLError, ValueError, OverflowError):
        node = _read_again(file, text)
    if not isinstance(node.value, dict):
        raise _mistake(file, node.line, "must hold a mapping: lines of `key: value`")
    return Source(file, node)


def _read_again(file: str, text: str) -> Node:
    """Read what the fast parser refused with the one whose words we know."""
    reader = _Reader(file, text, yaml.BaseLoader)
    try:
        return reader.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _mistake(file, mark.line + 1 if mark else 1, _explanation(error)) from None
    except (ValueError, OverflowError):  # PyYAML converts escapes such as \UFFFFFFFF unchecked.
        raise _mistake(file, reader.line, "has an escape or a version out of range") from None


def _mistake(file: str, line: int, message: str) -> SettingsError:
    return SettingsError([f"{file}:{line}: {message}"])


def _text(root: Path, file: str) -> str:
    path = root / file
    try:
        if path.is_symlink() and not path.exists():
            raise _mistake(file, 1, "is a link that leads nowhere; mend or remove it")
        if not path.exists():
            raise _mistake(file, 1, "there is no such file; create it, or correct its name")
        if not path.is_file():
            raise _mistake(file, 1, "must be a file; move what is there, or remove it")
        with path.open("rb") as stream:
            content = stream.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise _mistake(file, 1, f"cannot be read: {error.strerror}") from None
    if len(content) > _LARGEST_FILE:
        raise _mistake(file, 1, "is larger than 1 MiB, which is no file of settings")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _mistake(file, line, "must be text in UTF-8") from None
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        message = f"has the control character U+{ord(found.group()):04X}; remove it"
        raise _mistake(file, line, message)
    return text


def _explanation(error: yaml.MarkedYAMLError) -> str:
    problem = " ".join(str(error.problem or error.context).split())
    if "\\t" in problem:
        return "has a tab where YAML wants spaces; indent with spaces"
    return f"is not valid YAML: {problem}; look at this line and the one above"


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Reader:
    """Builds the tree from the parser's events, which come without recursion of their own."""

    def __init__(self, file: str, text: str, loader: Any) -> None:
        self.line = 1
        """The line that was read last."""
        self._file = file
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=loader)
        self._anchors: dict[str, Node] = {}
        self._values = 0
        self._characters = 0

    def document(self) -> Node:
        self._event()  # the start of the stream
        if isinstance(self._event(), yaml.StreamEndEvent):
            raise _mistake(self._file, 1, "is empty; it must hold a mapping")
        node = self._node(self._event(), ())
        self._event()  # the end of the document
        following = self._event()
        if not isinstance(following, yaml.StreamEndEvent):
            raise _mistake(
                self._file, _line(following), "must hold one document; remove this `---`"
            )
        return node

    def _event(self) -> yaml.Event:
        event = next(self._events)
        self.line = _line(event)
        if isinstance(event, yaml.ScalarEvent):
            self._check_text(event.value)
        return event

    def _check_text(self, text: str) -> None:
        """Refuse what can't be written down again, and more than a file without aliases holds."""
        self._characters += len(text)
        if self._characters > _MOST_CHARACTERS:
            message = "holds more than 1 MiB of text, aliases written out"
            raise _mistake(self._file, self.line, message)
        half = _HALF_A_CHARACTER.search(text)
        if half:
            message = (
                f"has \\u{ord(half.group()):04x}, half a character; write the character itself"
            )
            raise _mistake(self._file, self.line, message)

    def _node(self, event: yaml.Event, path: Location, key_line: int | None = None) -> Node:
        line = _line(event)
        self._spend(path, line)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise _mistake(self._file, line, f"has *{event.anchor} before its &{event.anchor}")
            return self._copy(self._anchors[event.anchor], path, line)
        if isinstance(event, yaml.ScalarEvent):
            text = event.value if event.style else Bare(event.value)
            node = Node(text, line, path)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = Node(self._list(path), key_line or line, path)
        else:
            node = Node(self._mapping(path), key_line or line, path)
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)):
            if event.tag not in _DEFAULT_TAGS:
                raise _mistake(self._file, line, f"has the tag {event.tag}; write a plain value")
            if event.anchor:
                self._anchors[event.anchor] = node
        return node

    def _list(self, path: Location) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := self._event(), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, path: Location) -> dict[str, Node]:
        mapping: dict[str, Node] = {}
        while not isinstance(event := self._event(), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise _mistake(self._file, line, "has a key that is not text")
            key = (*path, event.value)
            if event.value in mapping:
                first = mapping[event.value].line
                raise _mistake(
                    self._file, line, f"{dotted(key)} is here twice; it is on line {first} already"
                )
            mapping[event.value] = self._node(self._event(), key, line)
        return mapping

    def _copy(self, node: Node, path: Location, line: int) -> Node:
        """Repeat an anchor's value where its alias stands."""
        self._spend(path, line)
        if isinstance(node.value, dict):
            pairs = node.value.items()
            return Node({k: self._copy(v, (*path, k), line) for k, v in pairs}, line, path)
        if isinstance(node.value, list):
            items = enumerate(node.value)
            return Node([self._copy(v, (*path, i), line) for i, v in items], line, path)
        self._check_text(node.value)
        return Node(node.value, line, path)

    def _spend(self, path: Location, line: int) -> None:
        self._values += 1
        if len(path) > _DEEPEST:
            raise _mistake(self._file, line, f"is nested deeper than {_DEEPEST} levels")
        if self._values > _MOST_VALUES:
            message = f"holds more than {_MOST_VALUES} values, aliases written out"
            raise _mistake(self._file, line, message)


def dotted(path: Location) -> str:
    """Write a path as ``deployment.checks.AfterInstall[0].http``."""
    keys = (f"[{key}]" if isinstance(key, int) else f".{_visible(key):.60}" for key in path)
    return "".join(keys).removeprefix(".")


def _visible(key: str) -> str:
    """Put a key in quotes that nobody would see without them."""
    return key if key.strip() else f"'{key}'"
