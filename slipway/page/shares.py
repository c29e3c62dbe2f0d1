"""Shares over time, stacked as areas: who answered, or who got how much of the traffic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from itertools import pairwise

from slipway.page.time_scale import TimeScale

_LEADS = 0.6


def areas(
    shares: Mapping[str, Sequence[float]],
    edges: Sequence[datetime],
    scale: TimeScale,
    *,
    top: int,
    height: int,
    least_percent: float = 0,
) -> Iterator[str]:
    """Stack the shares, the last at the bottom: it rises as traffic moves to it.

    Parameters
    ----------
    shares
        By what stands in its area: its share of each interval, 0 to 1. The first is drawn in the
        first colour of the style sheet.
    edges
        Where the intervals begin, and where the last one ends.
    top, height
        The chart's place, in pixels.
    least_percent
        What leads for a smaller part of the width gets no name: there is no room for it.
    """
    yield (
        f'<svg y="{top}" width="100%" height="{height}" viewBox="0 0 100 100" '
        'preserveAspectRatio="none" aria-hidden="true">'
    )
    names = list(shares)
    for number, name in reversed(list(enumerate(names, start=1))):
        newer = [shares[other] for other in names[number:]]
        upper = [sum(each) for each in zip(shares[name], *newer, strict=True)]
        lower = [sum(each) for each in zip(*newer, strict=True)] or [0.0] * len(upper)
        outline = [*steps(upper, edges, scale), *reversed(steps(lower, edges, scale))]
        points = " ".join(f"{x:.3f},{100 - 100 * share:.2f}" for x, share in outline)
        yield f'<polygon class="version-{number}" points="{points}"/>'
    yield "</svg>"
    for number, name in enumerate(names, start=1):
        x = _middle(shares[name], edges, scale, least_percent)
        if x is not None:
            yield (
                f'<text class="on-version-{number}" x="{x:.2f}%" text-anchor="middle" '
                f'y="{top + height / 2 + 5:g}">{escape(name)}</text>'
            )


def grid(axis: int, height: int) -> Iterator[str]:
    """Draw the lines at 0, 50 and 100 % of a chart that stands on a height."""
    for share in (0, 50, 100):
        y = axis - height * share / 100
        yield f'<line class="grid" x1="0" x2="100%" y1="{y:g}" y2="{y:g}"/>'
        yield f'<text class="tick" x="-8" y="{y + 4:g}" text-anchor="end">{share} %</text>'


def steps(
    values: Sequence[float], edges: Sequence[datetime], scale: TimeScale
) -> list[tuple[float, float]]:
    """Keep each interval flat: what is between two measurements is not known.

    A value that stays gets no further corners: most of a long time is like its last second.
    """
    corners: list[tuple[float, float]] = []
    for value, (begin, end) in zip(values, pairwise(edges), strict=True):
        right = scale.percent(end)
        if corners and corners[-1][1] == value:
            corners[-1] = (right, value)
        else:
            corners += [(scale.percent(begin), value), (right, value)]
    return corners


def _middle(
    shares: Sequence[float], edges: Sequence[datetime], scale: TimeScale, least_percent: float
) -> float | None:
    """Find the middle of the longest time in which somebody had most of it."""
    best: tuple[datetime, datetime] | None = None
    begin: datetime | None = None
    for share, (start, end) in zip(shares, pairwise(edges), strict=True):
        if share <= _LEADS:
            begin = None
            continue
        begin = begin or start
        if best is None or end - begin >= best[1] - best[0]:
            best = (begin, end)
    if best is None or scale.percent(best[1]) - scale.percent(best[0]) < least_percent:
        return None
    return scale.percent(best[0] + (best[1] - best[0]) / 2)
