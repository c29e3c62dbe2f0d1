"""Breaking things of different widths into rows, as words into lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def rows_of(
    items: Iterable[T],
    width: Callable[[T], float],
    room: float,
    *,
    gap: float,
    indent: float = 0,
) -> list[list[T]]:
    """Put as many into each row as there is room for, and at least one.

    Parameters
    ----------
    gap
        Between two of them.
    indent
        By how much further rows begin later than the first.
    """
    rows: list[list[T]] = []
    end = 0.0
    for item in items:
        if not rows or end + gap + width(item) > room:
            end = (indent if rows else 0) + width(item)
            rows.append([item])
        else:
            end += gap + width(item)
            rows[-1].append(item)
    return rows
