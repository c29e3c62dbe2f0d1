"""Places in a JSON document, as RFC 6901 writes them: ``/stock/umbrella``, ``/items/0``.

https://www.rfc-editor.org/rfc/rfc6901
"""

from collections.abc import Iterable, Iterator
from typing import Any


class NotThere(LookupError):  # noqa: N818 - a finding, not a fault
    """The document has no such place."""


def tokens(pointer: str) -> tuple[str, ...]:
    """Return the keys and indices of a pointer; none for the whole document."""
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])


def resolve(document: Any, pointer: str) -> Any:
    """Return what a document has at a place.

    Raises
    ------
    NotThere
        Nothing is there.
    """
    for token in tokens(pointer):
        if isinstance(document, dict) and token in document:
            document = document[token]
        elif isinstance(document, list) and token.isdecimal() and int(token) < len(document):
            document = document[int(token)]
        else:
            raise NotThere(pointer)
    return document


def differences(one: Any, other: Any, ignored: Iterable[str] = ()) -> list[str]:
    """Return the places at which two documents differ, in their order.

    Parameters
    ----------
    one, other
        The documents.
    ignored
        Places that may differ, with all that is below them.
    """
    skipped = {tokens(pointer) for pointer in ignored}
    return ["".join(f"/{_escaped(key)}" for key in way) for way in _ways(one, other, skipped, ())]


def _ways(
    one: Any, other: Any, skipped: set[tuple[str, ...]], way: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    if way in skipped:
        return
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys((*one, *other)):
            if key in one and key in other:
                yield from _ways(one[key], other[key], skipped, (*way, key))
            elif (*way, key) not in skipped:
                yield (*way, key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from _ways(*pair, skipped, (*way, str(index)))
    elif not same(one, other):
        yield way


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same in JSON, where ``true`` is not 1, but 1.0 is."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
