"""The release as a picture: who answered over time, and the lifecycle events under it.

The SVG is as wide as its place: times are percentages, heights and type are pixels, so that it can
be read on a phone without zooming. Colours come from the page's style sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import escape

from slipway.rehearsal.report import Deployment, Event
from slipway.rehearsal.time_scale import TimeScale
from slipway.rehearsal.traffic import INTERVAL, Interval, Traffic

_AREA_HEIGHT = 210
_AREA_TOP = 26
_AXIS_HEIGHT = 30
_TITLE_HEIGHT = 40
_ROW_HEIGHT = 23


def draw(
    service: str, traffic: Traffic, deployed: Sequence[Deployment], *, key: str | None = None
) -> str:
    """Draw traffic and events as one SVG element; nothing where there was no traffic.

    Parameters
    ----------
    service
        Whose they are.
    traffic, deployed
        What is drawn.
    key
        What ids within the page begin with; without it, the service's name.
    """
    if not traffic.intervals:
        return ""
    key = key or service
    scale = _scale_of(traffic, deployed)
    # An event that was never reached has no place in time; the page's tables name it.
    deployments = [(d, [e for e in d.events if e.started_at]) for d in deployed]
    axis = _AREA_TOP + _AREA_HEIGHT
    top = axis + _AXIS_HEIGHT
    moments: list[str] = []
    rows: list[str] = []
    for deployment, events in deployments:
        rows += _deployment(deployment, events, scale, top)
        top += _TITLE_HEIGHT + _ROW_HEIGHT * len(events)
        moments += _moments(deployment, scale, _AREA_TOP, top)
    parts = [
        f'<svg class="picture" role="img" aria-labelledby="{key}-title {key}-text" '
        f'height="{top + 8}">',
        f'<title id="{key}-title">The releases of {service} over time</title>',
        f'<desc id="{key}-text">{escape(describe(traffic, deployed))}</desc>',
        *_grid(scale, axis, top),
        *_areas(traffic, scale),
        *_failures(traffic, scale),
        *moments,  # Before the rows: their labels stay readable.
        *rows,
        "</svg>",
    ]
    return "\n".join(parts)


def describe(traffic: Traffic, deployed: Sequence[Deployment]) -> str:
    """Say in words what the picture shows."""
    sentences = [
        f"Version {version} answered {count:,} requests."
        for version, count in traffic.versions.items()
    ]
    sentences.append(f"{traffic.failed:,} requests failed.")
    for deployment in deployed:
        events = ", ".join(f"{event.name} {event.status}" for event in deployment.events)
        sentences.append(f"{deployment.title}: {deployment.status} ({events}).")
    return " ".join(sentences)


def _scale_of(traffic: Traffic, deployments: Sequence[Deployment]) -> TimeScale:
    ends = [traffic.started_at + len(traffic.intervals) * INTERVAL]
    ends += [deployment.ended_at for deployment in deployments if deployment.ended_at]
    return TimeScale(traffic.started_at, max(ends) - traffic.started_at)


def _grid(scale: TimeScale, axis: int, bottom: int) -> Iterator[str]:
    for share in (0, 50, 100):
        y = axis - _AREA_HEIGHT * share / 100
        yield f'<line class="grid" x1="0" x2="100%" y1="{y:g}" y2="{y:g}"/>'
        yield f'<text class="tick" x="-8" y="{y + 4:g}" text-anchor="end">{share} %</text>'
    for second in scale.ticks():
        x = scale.percent(scale.start + timedelta(seconds=second))
        yield f'<line class="grid" x1="{x:.3f}%" x2="{x:.3f}%" y1="{axis}" y2="{bottom}"/>'
        # The last one may stand at the very edge.
        anchor = "start" if second == 0 else "end" if x > 97 else "middle"
        yield (
            f'<text class="tick" x="{x:.3f}%" y="{axis + 18}" text-anchor="{anchor}">'
            f"{second} s</text>"
        )


def _areas(traffic: Traffic, scale: TimeScale) -> Iterator[str]:
    """Stack the shares, the newest version at the bottom: it rises as traffic moves to it."""
    yield (
        f'<svg y="{_AREA_TOP}" width="100%" height="{_AREA_HEIGHT}" viewBox="0 0 100 100" '
        'preserveAspectRatio="none" aria-hidden="true">'
    )
    versions = list(traffic.versions)
    for number, version in reversed(list(enumerate(versions, start=1))):
        newer = versions[number:]
        top = [(sum(i.share.get(v, 0) for v in [version, *newer])) for i in traffic.intervals]
        base = [sum(i.share.get(v, 0) for v in newer) for i in traffic.intervals]
        outline = [*_steps(top, traffic, scale), *reversed(_steps(base, traffic, scale))]
        points = " ".join(f"{x:.3f},{100 - 100 * share:.2f}" for x, share in outline)
        yield f'<polygon class="version-{number}" points="{points}"/>'
    yield "</svg>"
    for number, version in enumerate(versions, start=1):
        if (x := _widest(version, traffic.intervals, traffic, scale)) is not None:
            yield (
                f'<text class="on-version-{number}" x="{x:.2f}%" text-anchor="middle" '
                f'y="{_AREA_TOP + _AREA_HEIGHT / 2 + 5:g}">version {escape(version)}</text>'
            )


def _steps(
    shares: Sequence[float], traffic: Traffic, scale: TimeScale
) -> list[tuple[float, float]]:
    """Keep each interval flat: what is between two measurements is not known.

    A share that stays gets no further corners: most of a long rehearsal is like its last second.
    """
    corners: list[tuple[float, float]] = []
    for index, share in enumerate(shares):
        begin = traffic.started_at + index * INTERVAL
        end = scale.percent(begin + INTERVAL)
        if corners and corners[-1][1] == share:
            corners[-1] = (end, share)
        else:
            corners += [(scale.percent(begin), share), (end, share)]
    return corners


def _widest(
    version: str, intervals: Sequence[Interval], traffic: Traffic, scale: TimeScale
) -> float | None:
    """Find the middle of the longest time in which a version answered most requests."""
    best, begin = (0, 0), None
    for index, interval in enumerate([*intervals, Interval(0, 0, {})]):
        leads = interval.share.get(version, 0) > 0.6
        begin = index if leads and begin is None else begin
        if not leads and begin is not None:
            best = max(best, (index - begin, begin))
            begin = None
    length, first = best
    if not length:
        return None
    return scale.percent(traffic.started_at + (first + length / 2) * INTERVAL)


def _failures(traffic: Traffic, scale: TimeScale) -> Iterator[str]:
    for index, interval in enumerate(traffic.intervals):
        if interval.failed:
            x = scale.percent(traffic.started_at + (index + 0.5) * INTERVAL)
            seconds = index * INTERVAL.total_seconds()
            yield (
                f'<g class="failure"><title>{interval.failed} failed at {seconds:g} s</title>'
                f'<line x1="{x:.3f}%" x2="{x:.3f}%" y1="{_AREA_TOP - 8}" '
                f'y2="{_AREA_TOP + _AREA_HEIGHT}"/>'
                f'<circle cx="{x:.3f}%" cy="{_AREA_TOP - 10}" r="5"/></g>'
            )


def _moments(deployment: Deployment, scale: TimeScale, top: int, bottom: int) -> Iterator[str]:
    """Mark in the traffic when a deployment began and ended."""
    for moment in (deployment.started_at, deployment.ended_at):
        if moment is not None:
            x = scale.percent(moment)
            yield (
                f'<line class="moment" x1="{x:.3f}%" x2="{x:.3f}%" y1="{top}" y2="{bottom - 8}"/>'
            )


def _deployment(
    deployment: Deployment, events: Sequence[Event], scale: TimeScale, top: int
) -> Iterator[str]:
    good = "good" if deployment.status == "Succeeded" else "bad"
    begin = scale.percent(deployment.started_at)
    anchor, shift = ("start", 6) if begin < 55 else ("end", -6)
    yield (
        f'<text class="deployment" x="{begin:.3f}%" dx="{shift}" y="{top + 26}" '
        f'text-anchor="{anchor}">{escape(deployment.title)} '
        f'<tspan class="{good}">{escape(deployment.status)}</tspan></text>'
    )
    for row, event in enumerate(events):
        yield from _event(event, deployment, scale, top + _TITLE_HEIGHT + _ROW_HEIGHT * row + 8)


def _event(event: Event, deployment: Deployment, scale: TimeScale, y: int) -> Iterator[str]:
    assert event.started_at is not None  # noqa: S101 - only such events are drawn
    ended_at = event.ended_at or deployment.ended_at or event.started_at
    begin, end = scale.percent(event.started_at), scale.percent(ended_at)
    kind = "failed" if event.status == "Failed" else "hook" if event.hook else "step"
    seconds = (ended_at - event.started_at).total_seconds()
    on_the_right = end < 60
    x, shift, anchor = (end, 12, "start") if on_the_right else (begin, -12, "end")
    yield (
        f'<g class="event {kind}"><title>{escape(event.name)}: {escape(event.status)}, '
        f"{seconds:.2f} s</title>"
        f'<line x1="{begin:.3f}%" x2="{end:.3f}%" y1="{y}" y2="{y}"/>'
        f'<text x="{x:.3f}%" dx="{shift}" y="{y + 4}" text-anchor="{anchor}">'
        f"{_mark(kind)}{escape(event.name)}"
        f'<tspan class="seconds" dx="6">{seconds:.1f} s</tspan></text></g>'
    )


def _mark(kind: str) -> str:
    """Return a sign beside the colour, for those who don't see it."""
    return {"failed": "✕ ", "hook": "◆ "}.get(kind, "")
