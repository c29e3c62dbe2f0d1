"""The upper edge of every picture: what it is, and where."""

from __future__ import annotations

from collections.abc import Sequence

from slipway.diagram.canvas import Canvas, chip_width

MARGIN = 18


def heading(canvas: Canvas, width: float, title: str, facts: Sequence[str]) -> float:
    """Write title and facts, and return where the picture may begin."""
    x = width - MARGIN
    for fact in reversed([each for each in facts if each]):
        x -= chip_width(fact, "text-muted")
        canvas.chip(x, 19, fact, "fill-card line-line", "text-muted", height=24)
        x -= 8
    canvas.text(MARGIN + 2, 39, title, "title text-ink", room=x - MARGIN - 10)
    return 64
