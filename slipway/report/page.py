"""The report of a release as a page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from html import escape
from pathlib import Path
from string import Template

from slipway.page import elements, timeline
from slipway.page.document import document
from slipway.report.picture import draw
from slipway.report.record import Interval, Outcome, ReleaseReport, ReportedDeployment, Side

_SECTIONS = Path(__file__).with_name("report.html")

_HEADINGS = {
    Outcome.LIVE: ("is live", "passed"),
    Outcome.FAILED: ("failed", "failed"),
    Outcome.STOPPED: ("was stopped", "failed"),
    Outcome.LEFT: ("was left under way", "muted"),
}


def render(report: ReleaseReport) -> str:
    """Return the page."""
    words, look = _HEADINGS[report.outcome]
    drawn = draw(report)
    return document(
        title=f"{report.revision} {words} in {report.environment}",
        over=f"Release of {report.service} to {report.environment} · "
        f"{report.started_at:%d %B %Y, %H:%M %Z} · {report.id}",
        heading=f'{escape(report.revision)} <em class="{look}">{words}</em>',
        summary=summarise(report),
        notices=elements.error(report.reason),
        figures=_figures(report),
        sections=Template(_SECTIONS.read_text(encoding="utf-8")).substitute(
            picture=elements.picture(drawn, _legend(report))
            if drawn
            else '<p class="muted">Neither side was seen.</p>',
            sides=_samples(report),
            requests=_requests(report),
            deployments="\n".join(map(_deployment, report.deployments)),
            alarms=_alarms(report),
            told=_told(report),
        ),
    )


def summarise(report: ReleaseReport) -> str:
    """Say in a few sentences what happened."""
    took = elements.duration(report.took)
    sentence = {
        Outcome.LIVE: f"All traffic is on {report.revision}, {took} after the release began.",
        Outcome.FAILED: f"The release failed after {took}.",
        Outcome.STOPPED: f"The release was stopped after {took}.",
        Outcome.LEFT: (
            f"It was followed for {took}, and went on then: slipway history says how it ended."
        ),
    }[report.outcome]
    if count := sum(each.requests for each in _all(report)):
        failed = sum(each.errors for each in _all(report))
        sentence += (
            f" Of {count:,} requests meanwhile {f'{failed:,}' if failed else 'none'} failed."
        )
    if report.rollback_id:
        sentence += f" The deployment {report.rollback_id} brought back what was live before."
    return sentence


def _figures(report: ReleaseReport) -> str:
    requests, failed = (
        sum(each.requests for each in _all(report)),
        sum(each.errors for each in _all(report)),
    )
    latency = [each.p99_ms for each in _all(report) if each.p99_ms is not None]
    fired = {change.name for change in report.alarms if change.state == "ALARM"}
    sides = [
        report.samples[-1].of(group) if report.samples else None
        for group, role in report.sides.items()
        if role == "green"
    ]
    share = f"{sides[0].traffic_percent:g} %" if sides and sides[0] else "—"
    return elements.figures(
        [
            (elements.duration(report.took), "for the release", ""),
            (share, "of the traffic on green at the end", ""),
            (f"{requests:,}", "requests", ""),
            (f"{failed:,}", "failed", "bad" if failed else "good" if requests else ""),
            (f"{max(latency):,.0f} ms" if latency else "—", "latency, worst p99", ""),
            (str(len(fired)), "alarms fired", "bad" if fired else ""),
        ]
    )


def _legend(report: ReleaseReport) -> Iterator[tuple[str, str]]:
    looks = {"blue": ("version-1", "dashed"), "green": ("version-2", "solid")}
    for group, role in report.sides.items():
        look, line = looks[role]
        yield look, f"{role}, {line} lines: target group {escape(group)}"
    yield from timeline.LEGEND


def _samples(report: ReleaseReport) -> str:
    rows = [
        (
            f"{sample.time:%H:%M:%S}",
            *(cell for group in report.sides for cell in _cells(sample.of(group))),
        )
        for sample in report.samples
    ]
    columns = [
        f"{role}: {what}"
        for role in report.sides.values()
        for what in ("traffic", "tasks", "targets")
    ]
    return elements.table(("from", *columns), rows) if rows else elements.NOTHING


def _cells(side: Side | None) -> tuple[str, str, str]:
    if side is None:
        return ("—", "—", "—")
    counts = ((side.healthy, "healthy"), (side.unhealthy, "unhealthy"), (side.initial, "initial"))
    targets = ", ".join(f"{count} {word}" for count, word in counts if count)
    return (
        f"{side.traffic_percent:g} %",
        f"{side.tasks_running} of {side.tasks_desired}",
        targets or ("none" if side.healthy == 0 else "—"),
    )


def _requests(report: ReleaseReport) -> str:
    rows = sorted(
        (
            f"{each.started_at:%H:%M:%S}",
            role,
            f"{each.requests / each.seconds:,.1f}",
            f"{each.errors:,}",
            _milliseconds(each.p50_ms),
            _milliseconds(each.p99_ms),
        )
        for group, role in report.sides.items()
        for each in report.requests.get(group, ())
    )
    columns = ("from", "side", "requests/s", "failed", "p50", "p99")
    unread = report.unknown.get("requests")
    missing = f'<p class="muted">The metrics could not be read: {escape(unread or "")}.</p>'
    return elements.table(columns, rows) if rows else missing if unread else elements.NOTHING


def _milliseconds(value: float | None) -> str:
    return "—" if value is None else elements.milliseconds(timedelta(milliseconds=value))


def _deployment(made: ReportedDeployment) -> str:
    kind = "brings back what was live before" if made.is_rollback else ""
    return (
        f"<details open><summary><b>{escape(made.title)}</b> {elements.status(made.status)} "
        f'<span class="muted"><code>{escape(made.id)}</code> {kind}</span></summary>'
        f"{timeline.table(made)}</details>{elements.error(made.error)}"
        + "".join(
            elements.error(f"{event.name}: {event.diagnosis}")
            for event in made.events
            if event.status == "Failed" and event.diagnosis and event.diagnosis not in made.error
        )
    )


def _alarms(report: ReleaseReport) -> str:
    if not report.alarms:
        unread = report.unknown.get("alarms")
        if unread:
            return f'<p class="muted">They could not be read: {escape(unread)}.</p>'
        return elements.NOTHING
    other = {change.name for change in report.alarms if change.state != "OK"}
    quiet = len({change.name for change in report.alarms} - other)
    rows = [
        (f"{change.time:%H:%M:%S}", f"<code>{escape(change.name)}</code>", _state(change.state))
        for change in report.alarms
        if change.name in other
    ]
    said = f"<p>{quiet} of {quiet + len(other)} were OK whenever they were looked at.</p>"
    return said + (elements.table(("seen", "alarm", "state"), rows) if rows else "")


def _state(name: str) -> str:
    if name in {"OK", "ALARM"}:
        return elements.badge(name, name == "OK")
    return f'<span class="badge muted">{escape(name)}</span>'


def _told(report: ReleaseReport) -> str:
    rows = [(f"{each.time:%H:%M:%S}", escape(each.text)) for each in report.told]
    return elements.table(("at", "what"), rows) if rows else elements.NOTHING


def _all(report: ReleaseReport) -> list[Interval]:
    return [each for intervals in report.requests.values() for each in intervals]
