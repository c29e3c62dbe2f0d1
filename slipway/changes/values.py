"""Where two values of a template differ, and to which resources a value refers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_REFERENCES = ("Ref", "Fn::GetAtt")
_IN_SUB = re.compile(r"\$\{([A-Za-z0-9]+)")


@dataclass(frozen=True)
class Difference:
    """A place where two values differ.

    ``certain`` is false where only CloudFormation can tell, because one side is the result of a
    function.
    """

    path: tuple[str, ...]
    certain: bool = True

    def __str__(self) -> str:
        """Join the keys with dots."""
        return ".".join(self.path)


def differences(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Find where two values differ, as deep as both can be followed; lists count as a whole.

    Parameters
    ----------
    before, after
        What JSON can hold; ``None`` for what is not there.
    path
        The keys that lead to them.
    """
    if _plain(before) == _plain(after):
        return
    if function(before) or function(after):
        yield Difference(path, certain=_surely_differ(before, after))
    elif _is_mapping(before, after):
        for key in sorted({*(before or {}), *(after or {})}):
            yield from differences((before or {}).get(key), (after or {}).get(key), (*path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = zip(before, after, strict=True)
        found = [each for pair in pairs for each in differences(*pair)]
        yield Difference(path, certain=any(each.certain for each in found))
    else:
        yield Difference(path)


def references(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Find the logical ids to which a value refers, each with the keys that lead there."""
    name = function(value)
    if name == "Ref":
        yield value[name], path
    elif name == "Fn::GetAtt":
        of = value[name]
        yield (of[0] if isinstance(of, list) else of.split(".")[0]), path
    elif name == "Fn::Sub":
        text, given = value[name], ()
        if isinstance(text, list):
            text, given = text
            yield from references(list(given.values()), path)
        yield from ((each, path) for each in _IN_SUB.findall(text) if each not in given)
    elif name:
        yield from references(value[name], path)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from references(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner, path)


def imports(value: Any) -> Iterator[str]:
    """Find the names of the exports that a value imports."""
    if isinstance(value, Mapping):
        name = value.get("Fn::ImportValue")
        if isinstance(name, str):
            yield name
        for inner in value.values():
            yield from imports(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from imports(inner)


def function(value: Any) -> str | None:
    """Return the name of the function that a value is the result of: ``Ref``, ``Fn::Join``."""
    if isinstance(value, Mapping) and len(value) == 1:
        (key,) = value
        if key == "Ref" or key.startswith("Fn::"):
            return str(key)
    return None


def _surely_differ(before: Any, after: Any) -> bool:
    name = function(before)
    if name is None or name != function(after):
        # A value that was written out may be the one that the function returns.
        return before is None or after is None
    if name in _REFERENCES:
        return not any(str(each[name]).startswith("AWS::") for each in (before, after))
    if name == "Fn::Join":
        return any(each.certain for each in differences(before[name], after[name]))
    return False


def _is_mapping(before: Any, after: Any) -> bool:
    sides = [each for each in (before, after) if each is not None]
    return all(isinstance(each, Mapping) for each in sides)


def _plain(value: Any) -> Any:
    """Write a value as CloudFormation reads it: 8080 is "8080", true is "true"."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value
