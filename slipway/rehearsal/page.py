"""The report as a page that needs nothing but itself: no script, no font, no network."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

from slipway.page import elements
from slipway.page.document import document
from slipway.rehearsal import parts
from slipway.rehearsal.report import Report

_SECTIONS = Path(__file__).with_name("report.html")


def render(report: Report) -> str:
    """Return ``report.html``."""
    return document(
        title=f"Rehearsal of {report.service}: {report.status}",
        over=f"Rehearsal on this machine · {report.started_at:%d %B %Y, %H:%M} UTC",
        heading=f"The release of {escape(report.service)} "
        f'<em class="{report.status}">{report.status}</em>',
        summary=summarise(report),
        notices=elements.error(report.error),
        figures=_figures(report),
        sections=Template(_SECTIONS.read_text(encoding="utf-8")).substitute(
            picture=_pictures(report),
            deployments="\n".join(map(parts.deployment, report.deployments)) or elements.NOTHING,
            checks=parts.checks(report.checks),
            stacks=_stacks(report),
        ),
        style=parts.style(),
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


def _figures(report: Report) -> str:
    figures = [(elements.duration(report.duration), "in all", "")]
    traffic = [each for each, _ in report.pictures.values()]
    if traffic:
        failed = sum(each.failed for each in traffic)
        figures = [
            (f"{sum(each.requests for each in traffic):,}", "requests", ""),
            (f"{failed:,}", "failed", "bad" if failed else "good"),
            (elements.milliseconds(traffic[0].p50), "latency, median", ""),
            (elements.milliseconds(traffic[0].p99), "latency, p99", ""),
            (str(report.rollbacks), "rollbacks", ""),
            *figures,
        ]
    return elements.figures(figures)


def _pictures(report: Report) -> str:
    pictures = [
        f"<h3>{escape(service)}</h3>\n{picture}"
        for service, (traffic, deployed) in report.pictures.items()
        if (picture := parts.releases(service, traffic, deployed))
    ]
    return "\n".join(pictures) or '<p class="muted">No traffic was sent.</p>'


def _stacks(report: Report) -> str:
    rows = [
        (
            f"<code>{escape(stack.name)}</code>",
            elements.badge(stack.status, stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")),
            elements.whole(f"{stack.duration.total_seconds():.1f} s"),
        )
        for stack in report.stacks
    ]
    return elements.table(("stack", "status", "took"), rows) if rows else elements.NOTHING
