"""Curves over time on one axis of values: rates, latencies, counts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from slipway.page.time_scale import TimeScale


@dataclass(frozen=True)
class Flat:
    """A value that holds for a time."""

    begin: datetime
    end: datetime
    value: float


@dataclass(frozen=True)
class Curve:
    """One curve; it breaks off where a value's end isn't the next one's beginning."""

    look: str
    """Its class in the style sheet."""
    values: Sequence[Flat]


def caption(text: str, y: float) -> str:
    """Say above a chart what it shows."""
    return f'<text class="tick chart" x="0" dx="6" y="{y:g}">{escape(text)}</text>'


def curves(
    title: str,
    drawn: Iterable[Curve],
    scale: TimeScale,
    *,
    unit: str,
    least: float,
    top: int,
    height: int,
) -> Iterator[str]:
    """Draw curves under a title, with a line at zero and one at the top of the axis.

    Parameters
    ----------
    unit
        What stands behind the number at the top of the axis: ``%``, ``ms``; nothing for counts.
    least
        The axis reaches this value at least, or the noise of small values would fill it.
    top, height
        The chart's place, in pixels, without its title, which stands above.
    """
    drawn = list(drawn)
    most = _round_up(max([least, *(flat.value for curve in drawn for flat in curve.values)]))
    yield caption(title, top - 8)
    for value in (0.0, most):
        y = top + height - height * value / most
        yield f'<line class="grid" x1="0" x2="100%" y1="{y:g}" y2="{y:g}"/>'
        label = _label(value, unit)
        yield f'<text class="tick" x="-8" y="{y + 4:g}" text-anchor="end">{label}</text>'
    yield (
        f'<svg class="curves" y="{top}" width="100%" height="{height}" viewBox="0 0 100 100" '
        'preserveAspectRatio="none" aria-hidden="true">'
    )
    for curve in drawn:
        for corners in _pieces(curve.values, scale):
            points = " ".join(f"{x:.3f},{100 - 100 * value / most:.2f}" for x, value in corners)
            yield f'<polyline class="curve {curve.look}" points="{points}"/>'
    yield "</svg>"


def _label(value: float, unit: str) -> str:
    """Write a number of an axis; there is little room beside it on a phone."""
    if unit == "ms" and value >= 1000:
        value, unit = value / 1000, "s"
    return f"{value:,g} {unit}".rstrip()


def _pieces(values: Sequence[Flat], scale: TimeScale) -> Iterator[list[tuple[float, float]]]:
    corners: list[tuple[float, float]] = []
    before: Flat | None = None
    for flat in values:
        if before is not None and flat.begin > before.end:
            yield corners
            corners = []
        left, right = (scale.percent(flat.begin), flat.value), (scale.percent(flat.end), flat.value)
        # A value that stays gets no further corners.
        corners = [*corners[:-1], right] if corners and corners[-1] == left else [*corners, left]
        if corners[-1] != right:
            corners.append(right)
        before = flat
    if corners:
        yield corners


def _round_up(value: float) -> float:
    """Return 1, 2 or 5 times a power of ten that is no less."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= value)
