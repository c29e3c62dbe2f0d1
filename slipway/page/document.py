"""The shell of a page: its head, what stands at its top, and its sections."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

_FOLDER = Path(__file__).parent


def document(
    *,
    title: str,
    over: str,
    heading: str,
    summary: str,
    sections: str,
    notices: str = "",
    figures: str = "",
    style: str = "",
    look: str = "",
) -> str:
    """Return a whole page.

    Parameters
    ----------
    title
        What a browser's tab says, as text.
    over
        A small line over the heading, as text.
    heading
        As HTML.
    summary
        A sentence or two, as text.
    sections
        All below the numbers, as HTML.
    notices
        Messages that nobody may overlook, as HTML: see `elements.error`.
    figures
        Large numbers, as HTML: see `elements.figures`.
    style
        What the page's own parts add to the style sheet of all pages.
    look
        The page's class in the style sheet.
    """
    sheet = (_FOLDER / "page.css").read_text(encoding="utf-8")
    template = (_FOLDER / "document.html").read_text(encoding="utf-8")
    return Template(template).substitute(
        title=escape(title),
        style=sheet + style,
        look=f' class="{look}"' if look else "",
        over=escape(over),
        heading=heading,
        summary=escape(summary),
        notices=notices,
        figures=figures,
        sections=sections,
    )
