"""A listener's traffic, flowing downwards: blue's share on the left, green's on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from slipway.diagram.canvas import Canvas, text_width

_ALL = 100
_GAP = 3
_LABEL = 22


@dataclass(frozen=True)
class Stretch:
    """From one change of the shares to the next."""

    top: float
    green: int
    """Percent."""
    labelled: bool


def stretches(spans: Sequence[tuple[float, float, Sequence[int]]]) -> list[Stretch]:
    """Return where shares change.

    Parameters
    ----------
    spans
        Of each row: its upper edge, its height, and the shares within it, one after the other.
        Where there are several, they are too low to be labelled.
    """
    found: list[Stretch] = []
    for top, height, shares in spans:
        for number, green in enumerate(shares):
            if not found or found[-1].green != green:
                begin = top + height * number / len(shares)
                found.append(Stretch(begin, green, labelled=len(shares) == 1))
    return found


def draw(
    canvas: Canvas, flow: Sequence[Stretch], end: float, x: float, width: float, *, labels: bool
) -> None:
    """Draw a river from its first stretch to `end`."""
    for stretch, below in pairwise([*flow, Stretch(end, 0, labelled=False)]):
        split = x + width * (1 - stretch.green / _ALL)
        gap = 0 if stretch.green in {0, _ALL} else _GAP / 2
        sides = (
            ("blue", _ALL - stretch.green, x, split - gap),
            ("green", stretch.green, split + gap, x + width),
        )
        for colour, share, left, right in sides:
            if not share:
                continue
            height = below.top - stretch.top - _GAP
            canvas.rect(left, stretch.top, right - left, height, f"fill-{colour}", radius=5)
            if labels and stretch.labelled:
                _draw_label(canvas, colour, share, left, right, stretch.top + _LABEL)


def _draw_label(
    canvas: Canvas, colour: str, share: int, left: float, right: float, y: float
) -> None:
    """Write a share where there is room; green's may stand beside the river."""
    number = f"{share} %"
    for label in (f"{colour} {number}", number):
        if text_width(label, "strong") < right - left - 4:
            middle = (left + right) / 2
            canvas.text(middle, y, label, "strong text-white", anchor="middle")
            return
    if colour == "green":
        canvas.text(right + 5, y, number, "strong text-green-ink")
