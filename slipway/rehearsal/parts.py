"""What reports of rehearsals have beside the elements of all pages: checks, and deployments."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from slipway.page import elements, timeline
from slipway.rehearsal.picture import draw
from slipway.rehearsal.report import Check, Deployment
from slipway.rehearsal.traffic import Traffic

_STYLE = Path(__file__).with_name("report.css")


def style() -> str:
    """Return what reports of rehearsals add to the style sheet of all pages."""
    return _STYLE.read_text(encoding="utf-8")


def checks(made: Sequence[Check]) -> str:
    """Return a table of the checks, with what was seen."""
    rows = [
        (
            elements.badge("held" if check.passed else "broken", check.passed),
            f'<span class="check">{escape(check.name)}</span>',
            _lines(check.detail),
        )
        for check in made
    ]
    return elements.table(("", "check", "what was seen"), rows) if rows else elements.NOTHING


def _lines(text: str) -> str:
    """Return a text; one of many lines, such as the end of a log, opens from its first."""
    first, newline, others = text.partition("\n")
    if not newline:
        return escape(text)
    return f"<details><summary>{escape(first)}</summary><pre>{escape(others)}</pre></details>"


def releases(
    service: str, traffic: Traffic, deployed: Sequence[Deployment], *, key: str | None = None
) -> str:
    """Return the picture of releases with its legend; nothing where there was no traffic.

    Parameters
    ----------
    service, traffic, deployed
        What is drawn.
    key
        What ids in the page begin with, where a service has several pictures.
    """
    picture = draw(service, traffic, deployed, key=key)
    if not picture:
        return ""
    legend = [
        (f"version-{number}", f"version {escape(version)}")
        for number, version in enumerate(traffic.versions, start=1)
    ]
    return elements.picture(picture, [*legend, *timeline.LEGEND])


def deployment(made: Deployment) -> str:
    """Return a deployment in one line that opens to its lifecycle events."""
    undone = made.rollback_of
    rollback = f" · takes back <code>{escape(undone)}</code>" if undone else ""
    return (
        f"<details><summary><b>{escape(made.service)}: {escape(made.title)}</b> "
        f"{elements.status(made.status)} "
        f'<span class="muted"><code>{escape(made.id)}</code>{rollback}</span></summary>'
        f"{timeline.table(made)}</details>{elements.error(made.message)}"
    )
