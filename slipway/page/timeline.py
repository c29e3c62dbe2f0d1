"""Deployments over time: their lifecycle events as rows of a picture, and as a table.

Times are percentages of the picture's width, heights and type are pixels: it can be read on a
phone without zooming. Colours come from the page's style sheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Protocol

from slipway.page import elements
from slipway.page.time_scale import TimeScale

AXIS_HEIGHT = 30
"""Pixels that `ticks` takes below a chart."""
LEGEND = (
    ("hook", "◆ hook"),
    ("step", "step"),
    ("failed", "✕ failed"),
    ("moment", "a deployment begins, or ends"),
)
_MARKS = {"failed": "✕ ", "hook": "◆ ", "step": ""}
"""A sign beside the colour, for those who don't see it."""
_TITLE_HEIGHT = 56
_LEFT_OF_PLOT = -44
"""Where a title begins: at the left edge, so that it has room on a phone."""
_ROW_HEIGHT = 23
_LABEL_HEIGHT = 15
"""Of a label that has no room beside its bar, and stands above it."""
# The narrowest plot that is looked after, a phone's of 400 pixels, and a letter there: in pixels.
_NARROWEST, _LETTER, _GAP = 300, 6.2, 12


class Event(Protocol):
    """A lifecycle event of a deployment."""

    @property
    def name(self) -> str:
        """CodeDeploy's."""

    @property
    def status(self) -> str:
        """CodeDeploy's: ``Pending``, ``InProgress``, ``Succeeded``, ``Failed`` or ``Skipped``."""

    @property
    def hook(self) -> bool:
        """Whether a Lambda function decides it."""

    @property
    def started_at(self) -> datetime | None:
        """None where it was never reached."""

    @property
    def ended_at(self) -> datetime | None:
        """None while it runs."""


class Deployment(Protocol):
    """A deployment that CodeDeploy carried out."""

    @property
    def title(self) -> str:
        """What it was to do, for people."""

    @property
    def status(self) -> str:
        """CodeDeploy's."""

    @property
    def started_at(self) -> datetime:
        """When it was created."""

    @property
    def ended_at(self) -> datetime | None:
        """None while it runs."""

    @property
    def events(self) -> Sequence[Event]:
        """In CodeDeploy's order."""


def ticks(scale: TimeScale, axis: int, bottom: int) -> Iterator[str]:
    """Draw the axis of time at a height, and lines from there down to another."""
    for second in scale.ticks():
        x = scale.percent(scale.start + timedelta(seconds=second))
        yield f'<line class="grid" x1="{x:.3f}%" x2="{x:.3f}%" y1="{axis}" y2="{bottom}"/>'
        # The last one may stand at the very edge.
        anchor = "start" if second == 0 else "end" if x > 97 else "middle"
        yield (
            f'<text class="tick" x="{x:.3f}%" y="{axis + 18}" text-anchor="{anchor}">'
            f"{scale.label(second)}</text>"
        )


def height(deployed: Sequence[Deployment], scale: TimeScale) -> int:
    """Return how many pixels `rows` takes."""
    return sum(
        _TITLE_HEIGHT + sum(_place(event, each, scale).height for event in _drawn(each))
        for each in deployed
    )


def rows(deployed: Sequence[Deployment], scale: TimeScale, top: int, marks_from: int) -> list[str]:
    """Draw the deployments one under the other.

    Parameters
    ----------
    top
        Where the first one begins.
    marks_from
        Where the lines begin that mark each deployment's beginning and end in what is above.
    """
    marks: list[str] = []
    drawn: list[str] = []
    for deployment in deployed:
        drawn += _deployment(deployment, scale, top)
        top += height([deployment], scale)
        marks += _moments(deployment, scale, marks_from, top)
    return [*marks, *drawn]  # The rows last: their labels stay readable.


def describe(deployment: Deployment) -> str:
    """Say in words what its rows show."""
    events = ", ".join(f"{event.name} {event.status}" for event in deployment.events)
    return f"{deployment.title}: {deployment.status} ({events})."


def table(deployment: Deployment) -> str:
    """Return its lifecycle events as a table."""
    return elements.table(
        ("event", "status", "began", "took"),
        (
            (
                f"{'◆ ' if event.hook else ''}{_breakable(event.name)}",
                elements.status(event.status),
                _since(deployment.started_at, event.started_at),
                _took(event),
            )
            for event in deployment.events
        ),
    )


def _drawn(deployment: Deployment) -> list[Event]:
    """Leave out events that were never reached: they have no place in time, the table has them."""
    return [event for event in deployment.events if event.started_at]


def _moments(deployment: Deployment, scale: TimeScale, top: int, bottom: int) -> Iterator[str]:
    """Mark in the traffic when a deployment began and ended."""
    for moment in (deployment.started_at, deployment.ended_at):
        if moment is not None:
            x = scale.percent(moment)
            yield (
                f'<line class="moment" x1="{x:.3f}%" x2="{x:.3f}%" y1="{top}" y2="{bottom - 8}"/>'
            )


def _deployment(deployment: Deployment, scale: TimeScale, top: int) -> Iterator[str]:
    ends = {"Succeeded": "good", "Failed": "bad", "Stopped": "bad"}
    look = ends.get(deployment.status, "undecided")
    left = f'x="{_LEFT_OF_PLOT}"'
    yield (
        f'<text class="deployment" {left} y="{top + 26}">{escape(deployment.title)}'
        f'<tspan class="{look}" {left} dy="18">{escape(deployment.status)}</tspan></text>'
    )
    top += _TITLE_HEIGHT
    for event in _drawn(deployment):
        place = _place(event, deployment, scale)
        yield from _event(event, place, top + place.height - _ROW_HEIGHT + 8)
        top += place.height


@dataclass(frozen=True)
class _Place:
    """Where an event's bar begins and ends, in percent, and where its label is."""

    begin: float
    end: float
    seconds: float
    x: float
    shift: int
    anchor: str
    is_above: bool = False

    @property
    def height(self) -> int:
        return _ROW_HEIGHT + _LABEL_HEIGHT * self.is_above


def _place(event: Event, deployment: Deployment, scale: TimeScale) -> _Place:
    """Put the label where there is more room: beside its bar, or else above it."""
    assert event.started_at is not None  # noqa: S101 - only such events are drawn
    ended_at = event.ended_at or deployment.ended_at or event.started_at
    begin, end = scale.percent(event.started_at), scale.percent(ended_at)
    seconds = (ended_at - event.started_at).total_seconds()
    label = f"{_MARKS[_kind(event)]}{event.name} {seconds:.1f} s"
    width, gap = _share(_LETTER * len(label)), _share(_GAP)
    # The margin on the left is there for labels too.
    on_the_left, on_the_right = begin - _share(_LEFT_OF_PLOT), 100 - end
    bar = (begin, end, seconds)
    if on_the_right >= max(width + gap, on_the_left):
        return _Place(*bar, end, _GAP, "start")
    if on_the_left >= width + gap:
        return _Place(*bar, begin, -_GAP, "end")
    if begin + width <= 100:
        return _Place(*bar, begin, 0, "start", is_above=True)
    if end - width >= _share(_LEFT_OF_PLOT):
        return _Place(*bar, end, 0, "end", is_above=True)
    return _Place(*bar, 100, 0, "end", is_above=True)


def _share(pixels: float) -> float:
    """Return how many percent of the narrowest plot that is."""
    return 100 * pixels / _NARROWEST


def _event(event: Event, place: _Place, y: int) -> Iterator[str]:
    kind, text = _kind(event), y - _LABEL_HEIGHT + 1 if place.is_above else y + 4
    yield (
        f'<g class="event {kind}"><title>{escape(event.name)}: {escape(event.status)}, '
        f"{place.seconds:.2f} s</title>"
        f'<line x1="{place.begin:.3f}%" x2="{place.end:.3f}%" y1="{y}" y2="{y}"/>'
        f'<text x="{place.x:.3f}%" dx="{place.shift}" y="{text}" text-anchor="{place.anchor}">'
        f"{_MARKS[kind]}{escape(event.name)}"
        f'<tspan class="seconds" dx="6">{place.seconds:.1f} s</tspan></text></g>'
    )


def _kind(event: Event) -> str:
    return "failed" if event.status == "Failed" else "hook" if event.hook else "step"


def _breakable(name: str) -> str:
    """Let a name be broken between its words: a phone is narrower than AfterAllowTestTraffic."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "<wbr>", escape(name))


def _since(start: datetime, moment: datetime | None) -> str:
    return "—" if moment is None else elements.whole(f"{(moment - start).total_seconds():.1f} s")


def _took(event: Event) -> str:
    if event.started_at is None or event.ended_at is None:
        return "—"
    return elements.whole(f"{(event.ended_at - event.started_at).total_seconds():.2f} s")
