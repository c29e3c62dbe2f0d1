"""The release as a picture: traffic, errors, latency, health, and the lifecycle events below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from html import escape

from slipway.page import shares, timeline
from slipway.page.curves import Curve, Flat, caption, curves
from slipway.page.time_scale import TimeScale
from slipway.report.record import Interval, ReleaseReport

_TOP = 26
_SHARES = 150
_CURVE = 70
_BETWEEN = 40
_LENGTH = 1.04
_LOOKS = {"blue": "version-1", "green": "version-2"}


def draw(report: ReleaseReport) -> str:
    """Draw what was seen as one SVG element; nothing where no side was ever seen."""
    if not report.samples:
        return ""
    scale = TimeScale(report.started_at, _until(report) - report.started_at)
    charts = [*_shares(report, scale, _TOP)]
    top = _TOP + _SHARES + _BETWEEN
    for drawn in (_errors, _latency, _health):
        charts += drawn(report, scale, top)
        top += _CURVE + _BETWEEN
    axis = top - _BETWEEN
    events = axis + timeline.AXIS_HEIGHT
    bottom = events + timeline.height(report.deployments, scale)
    parts = [
        '<svg class="picture" role="img" aria-labelledby="picture-title picture-text" '
        f'height="{bottom + 8}">',
        f'<title id="picture-title">The release of {escape(report.service)} over time</title>',
        f'<desc id="picture-text">{escape(describe(report))}</desc>',
        *timeline.ticks(scale, axis, bottom),
        *charts,
        *timeline.rows(report.deployments, scale, events, marks_from=_TOP),
        "</svg>",
    ]
    return "\n".join(parts)


def describe(report: ReleaseReport) -> str:
    """Say in words what the picture shows; the page's tables say all of it."""
    sentences = []
    for group, role in report.sides.items():
        if (side := report.samples[-1].of(group)) is not None:
            sentences.append(f"At the end {side.traffic_percent:g} % of the traffic is on {role}.")
        intervals = report.requests.get(group, ())
        count, errors = (
            sum(each.requests for each in intervals),
            sum(each.errors for each in intervals),
        )
        sentences.append(f"{role.title()} got {count:,} requests, {errors:,} of them failed.")
    return " ".join([*sentences, *map(timeline.describe, report.deployments)])


def _shares(report: ReleaseReport, scale: TimeScale, top: int) -> Iterator[str]:
    yield caption("share of the production traffic", top - 8)
    yield from shares.grid(top + _SHARES, _SHARES)
    times = _edges(report)
    yield from shares.areas(
        {
            role: [
                side.traffic_percent / 100 if (side := sample.of(group)) else 0.0
                for sample in report.samples
            ]
            for group, role in report.sides.items()
        },
        times,
        scale,
        top=top,
        height=_SHARES,
        least_percent=16,
    )


def _errors(report: ReleaseReport, scale: TimeScale, top: int) -> Iterator[str]:
    drawn = [
        Curve(
            _LOOKS[role],
            [_flat(each, 100 * each.errors / max(each.requests, each.errors, 1)) for each in known],
        )
        for role, known in _requests(report)
    ]
    yield from curves(
        "requests that failed", drawn, scale, unit="%", least=1, top=top, height=_CURVE
    )


def _latency(report: ReleaseReport, scale: TimeScale, top: int) -> Iterator[str]:
    drawn = []
    for role, known in _requests(report):
        p99 = [_flat(each, each.p99_ms) for each in known if each.p99_ms is not None]
        p50 = [_flat(each, each.p50_ms) for each in known if each.p50_ms is not None]
        drawn += [Curve(_LOOKS[role], p99), Curve(f"{_LOOKS[role]} thin", p50)]
    yield from curves(
        "latency: p99, and p50 as a thin line",
        drawn,
        scale,
        unit="ms",
        least=10,
        top=top,
        height=_CURVE,
    )


def _health(report: ReleaseReport, scale: TimeScale, top: int) -> Iterator[str]:
    edges = _edges(report)
    drawn = []
    for group, role in report.sides.items():
        values = [
            Flat(begin, end, side.healthy)
            for sample, begin, end in zip(report.samples, edges, edges[1:], strict=False)
            if (side := sample.of(group)) and side.healthy is not None
        ]
        drawn.append(Curve(_LOOKS[role], values))
    yield from curves("healthy targets", drawn, scale, unit="", least=1, top=top, height=_CURVE)


def _edges(report: ReleaseReport) -> Sequence[datetime]:
    """Return when each sample's time begins, and when the last one's ends."""
    return [*(sample.time for sample in report.samples), _until(report)]


def _until(report: ReleaseReport) -> datetime:
    """Return where the picture ends: a little later than the release, so that its end is seen."""
    length = max(report.ended_at - report.started_at, timedelta(seconds=1))
    return report.started_at + length * _LENGTH


def _requests(report: ReleaseReport) -> Iterator[tuple[str, tuple[Interval, ...]]]:
    for group, role in report.sides.items():
        yield role, report.requests.get(group, ())


def _flat(interval: Interval, value: float) -> Flat:
    end = interval.started_at + timedelta(seconds=interval.seconds)
    return Flat(interval.started_at, end, value)
