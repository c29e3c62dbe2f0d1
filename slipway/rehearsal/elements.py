"""What the pages of reports consist of: tables, badges, the picture of releases, durations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

from slipway.rehearsal.picture import draw
from slipway.rehearsal.report import Check, Deployment, Event
from slipway.rehearsal.traffic import Traffic

NOTHING = '<p class="muted">None.</p>'
_STYLE = Path(__file__).with_name("report.css")


def style() -> str:
    """Return the style sheet of all reports."""
    return _STYLE.read_text(encoding="utf-8")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table that scrolls by itself where it is too wide.

    Parameters
    ----------
    columns
        Their names, as HTML.
    rows
        Their cells, as HTML.
    """
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    body = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def figures(values: Iterable[tuple[str, str, str]]) -> str:
    """Return large numbers: of each the value, what it counts, and ``good``, ``bad`` or nothing."""
    return "\n".join(
        f'<div><dt>{name}</dt><dd class="{colour}">{value}</dd></div>'
        for value, name, colour in values
    )


def error(message: str | None) -> str:
    """Return a message that nobody overlooks; nothing where there is none."""
    return f'<p class="error">{escape(message)}</p>' if message else ""


def badge(text: str, good: bool) -> str:
    """Return a word that is good or bad, with a sign for those who see no colours."""
    sign = "✓" if good else "✕"
    return f'<span class="badge {"good" if good else "bad"}">{sign} {escape(text)}</span>'


def status(name: str) -> str:
    """Show a status of CodeDeploy's; what was skipped or is pending is neither good nor bad."""
    if name in ("Succeeded", "Failed", "Stopped"):
        return badge(name, name == "Succeeded")
    return f'<span class="badge muted">{escape(name)}</span>'


def checks(made: Sequence[Check]) -> str:
    """Return a table of the checks, with what was seen."""
    rows = [
        (
            badge("held" if check.passed else "broken", check.passed),
            escape(check.name),
            escape(check.detail),
        )
        for check in made
    ]
    return table(("", "check", "what was seen"), rows) if rows else NOTHING


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
        f'<li><i class="key version-{number}"></i>version {escape(version)}</li>'
        for number, version in enumerate(traffic.versions, start=1)
    ]
    legend += ['<li><i class="key hook"></i>◆ hook</li>', '<li><i class="key step"></i>step</li>']
    legend += ['<li><i class="key failed"></i>✕ failed</li>']
    return f'<ul class="legend">{"".join(legend)}</ul>\n<div class="plot">{picture}</div>'


def deployment(made: Deployment) -> str:
    """Return a deployment in one line that opens to its lifecycle events."""
    rows = [
        (
            f"{'◆ ' if event.hook else ''}{escape(event.name)}",
            status(event.status),
            _since(made.started_at, event.started_at),
            _took(event),
        )
        for event in made.events
    ]
    undone = made.rollback_of
    rollback = f" · takes back <code>{escape(undone)}</code>" if undone else ""
    return (
        f"<details><summary><b>{escape(made.service)}: {escape(made.title)}</b> "
        f"{status(made.status)} "
        f'<span class="muted"><code>{escape(made.id)}</code>{rollback}</span></summary>'
        f"{table(('event', 'status', 'began', 'took'), rows)}</details>{error(made.message)}"
    )


def duration(time: timedelta) -> str:
    """Say how long something took, to the second."""
    minutes, seconds = divmod(round(time.total_seconds()), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def milliseconds(time: timedelta) -> str:
    """Say how long something short took."""
    return f"{time.total_seconds() * 1000:.1f} ms"


def _since(start: datetime, moment: datetime | None) -> str:
    return "—" if moment is None else f"{(moment - start).total_seconds():.1f} s"


def _took(event: Event) -> str:
    if event.started_at is None or event.ended_at is None:
        return "—"
    return f"{(event.ended_at - event.started_at).total_seconds():.2f} s"
