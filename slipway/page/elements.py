"""What pages consist of: tables, badges, large numbers, pictures with their legend, durations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from html import escape

NOTHING = '<p class="muted">None.</p>'


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


def whole(text: str) -> str:
    """Keep a number beside its unit, however narrow the table is."""
    return f'<span class="whole">{text}</span>'


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


def picture(drawn: str, legend: Iterable[tuple[str, str]]) -> str:
    """Return a picture under its legend.

    Parameters
    ----------
    drawn
        The SVG element.
    legend
        Of each colour its class in the style sheet, and what it means, as HTML.
    """
    keys = "".join(f'<li><i class="key {look}"></i>{meaning}</li>' for look, meaning in legend)
    return f'<ul class="legend">{keys}</ul>\n<div class="plot">{drawn}</div>'


def duration(time: timedelta) -> str:
    """Say how long something took, to the second."""
    minutes, seconds = divmod(round(time.total_seconds()), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def milliseconds(time: timedelta) -> str:
    """Say how long something short took."""
    return f"{time.total_seconds() * 1000:.1f}\N{NO-BREAK SPACE}ms"
