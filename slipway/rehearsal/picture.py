"""The release as a picture: who answered over time, and the lifecycle events under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from slipway.page import shares, timeline
from slipway.page.curves import caption
from slipway.page.time_scale import TimeScale
from slipway.rehearsal.report import Deployment
from slipway.rehearsal.traffic import INTERVAL, Traffic

_AREA_HEIGHT = 210
_AREA_TOP = 42


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
    axis = _AREA_TOP + _AREA_HEIGHT
    events = axis + timeline.AXIS_HEIGHT
    bottom = events + timeline.height(deployed, scale)
    edges = [traffic.started_at + index * INTERVAL for index in range(len(traffic.intervals) + 1)]
    answered = {
        f"version {version}": [each.share.get(version, 0) for each in traffic.intervals]
        for version in traffic.versions
    }
    parts = [
        f'<svg class="picture" role="img" aria-labelledby="{key}-title {key}-text" '
        f'height="{bottom + 8}">',
        f'<title id="{key}-title">The releases of {service} over time</title>',
        f'<desc id="{key}-text">{escape(describe(traffic, deployed))}</desc>',
        caption("share of the answers", 14),
        *shares.grid(axis, _AREA_HEIGHT),
        *timeline.ticks(scale, axis, bottom),
        *shares.areas(answered, edges, scale, top=_AREA_TOP, height=_AREA_HEIGHT),
        *_failures(traffic, scale),
        *timeline.rows(deployed, scale, events, marks_from=_AREA_TOP),
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
    return " ".join([*sentences, *map(timeline.describe, deployed)])


def _scale_of(traffic: Traffic, deployments: Sequence[Deployment]) -> TimeScale:
    ends = [traffic.started_at + len(traffic.intervals) * INTERVAL]
    ends += [deployment.ended_at for deployment in deployments if deployment.ended_at]
    return TimeScale(traffic.started_at, max(ends) - traffic.started_at)


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
