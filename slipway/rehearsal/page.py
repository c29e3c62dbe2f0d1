"""The report as a page that needs nothing but itself: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from string import Template

from slipway.rehearsal.picture import draw
from slipway.rehearsal.report import Deployment, Event, Report
from slipway.rehearsal.traffic import Traffic

_TEMPLATE = Path(__file__).with_name("report.html")


def render(report: Report) -> str:
    """Return ``report.html``."""
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        service=escape(report.service),
        status=report.status,
        began=f"{report.started_at:%d %B %Y, %H:%M} UTC",
        summary=escape(summarise(report)),
        error=f'<p class="error">{escape(report.error)}</p>' if report.error else "",
        figures=_figures(report),
        picture=_pictures(report),
        deployments="\n".join(map(_deployment, report.deployments)) or _NOTHING,
        checks=_checks(report),
        stacks=_stacks(report),
    )


def summarise(report: Report) -> str:
    """Say in one or two sentences what happened."""
    if report.traffic is None or not report.traffic.versions:
        return "The rehearsal ended before any traffic was answered."
    versions = list(report.traffic.versions)
    moved = (
        f"Traffic moved from version {versions[0]} to version {versions[-1]}"
        if len(versions) > 1
        else f"Version {versions[0]} answered all the time"
    )
    failed = f"{report.traffic.failed:,}" if report.traffic.failed else "none"
    sentence = f"{moved}; of {report.traffic.requests:,} requests {failed} failed."
    for service, traffic in report.other_traffic.items():
        failed = f"{traffic.failed:,}" if traffic.failed else "none"
        sentence += f" Of {traffic.requests:,} requests to {service} {failed} failed."
    rejected = [d.title for d in report.deployments if d.status in ("Failed", "Stopped")]
    if rejected:
        sentence += f" Not released: {'; '.join(rejected)}."
    return sentence


_NOTHING = '<p class="muted">None.</p>'


def _figures(report: Report) -> str:
    figures = [(_duration(report.duration), "in all", "")]
    traffic = [each for each, _ in report.pictures.values()]
    if traffic:
        failed = sum(each.failed for each in traffic)
        figures = [
            (f"{sum(each.requests for each in traffic):,}", "requests", ""),
            (f"{failed:,}", "failed", "bad" if failed else "good"),
            (_milliseconds(traffic[0].p50), "latency, median", ""),
            (_milliseconds(traffic[0].p99), "latency, p99", ""),
            (str(report.rollbacks), "rollbacks", ""),
            *figures,
        ]
    return "\n".join(
        f'<div><dt>{name}</dt><dd class="{colour}">{value}</dd></div>'
        for value, name, colour in figures
    )


def _pictures(report: Report) -> str:
    pictures = [
        f"<h3>{escape(service)}</h3>\n{picture}"
        for service, (traffic, deployed) in report.pictures.items()
        if (picture := _picture(service, traffic, deployed))
    ]
    return "\n".join(pictures) or '<p class="muted">No traffic was sent.</p>'


def _picture(service: str, traffic: Traffic, deployed: Sequence[Deployment]) -> str:
    picture = draw(service, traffic, deployed)
    if not picture:
        return ""
    legend = [
        f'<li><i class="key version-{number}"></i>version {escape(version)}</li>'
        for number, version in enumerate(traffic.versions, start=1)
    ]
    legend += ['<li><i class="key hook"></i>◆ hook</li>', '<li><i class="key step"></i>step</li>']
    legend += ['<li><i class="key failed"></i>✕ failed</li>']
    return f'<ul class="legend">{"".join(legend)}</ul>\n<div class="plot">{picture}</div>'


def _deployment(deployment: Deployment) -> str:
    rows = [
        (
            f"{'◆ ' if event.hook else ''}{escape(event.name)}",
            _status(event.status),
            _since(deployment.started_at, event.started_at),
            _took(event),
        )
        for event in deployment.events
    ]
    message = f'<p class="error">{escape(deployment.message)}</p>' if deployment.message else ""
    undone = deployment.rollback_of
    rollback = f" · takes back <code>{escape(undone)}</code>" if undone else ""
    return (
        f"<details><summary><b>{escape(deployment.service)}: {escape(deployment.title)}</b> "
        f"{_status(deployment.status)} "
        f'<span class="muted"><code>{escape(deployment.id)}</code>{rollback}</span></summary>'
        f"{_table(('event', 'status', 'began', 'took'), rows)}</details>{message}"
    )


def _checks(report: Report) -> str:
    rows = [
        (
            _badge("held" if check.passed else "broken", check.passed),
            escape(check.name),
            escape(check.detail),
        )
        for check in report.checks
    ]
    return _table(("", "check", "what was seen"), rows) if rows else _NOTHING


def _stacks(report: Report) -> str:
    rows = [
        (
            f"<code>{escape(stack.name)}</code>",
            _badge(stack.status, stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")),
            f"{stack.duration.total_seconds():.1f} s",
        )
        for stack in report.stacks
    ]
    return _table(("stack", "status", "took"), rows) if rows else _NOTHING


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    body = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _status(status: str) -> str:
    """Show a status of CodeDeploy's; what was skipped or is pending is neither good nor bad."""
    if status in ("Succeeded", "Failed", "Stopped"):
        return _badge(status, status == "Succeeded")
    return f'<span class="badge muted">{escape(status)}</span>'


def _badge(text: str, good: bool) -> str:
    sign = "✓" if good else "✕"
    return f'<span class="badge {"good" if good else "bad"}">{sign} {escape(text)}</span>'


def _since(start: datetime, moment: datetime | None) -> str:
    return "—" if moment is None else f"{(moment - start).total_seconds():.1f} s"


def _took(event: Event) -> str:
    if event.started_at is None or event.ended_at is None:
        return "—"
    return f"{(event.ended_at - event.started_at).total_seconds():.2f} s"


def _duration(duration: timedelta) -> str:
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _milliseconds(duration: timedelta) -> str:
    return f"{duration.total_seconds() * 1000:.1f} ms"
