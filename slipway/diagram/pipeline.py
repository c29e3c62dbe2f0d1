"""The picture of the pipeline."""

from __future__ import annotations

from collections.abc import Iterable

from slipway.changes import AssembledStack
from slipway.diagram import stages
from slipway.diagram.beginning import draw_beginning
from slipway.diagram.blocks import ink_of
from slipway.diagram.canvas import Canvas, text_width
from slipway.diagram.flow import rows_of
from slipway.diagram.heading import MARGIN, heading
from slipway.diagram.stages import Pipeline
from slipway.diagram.steps import KINDS
from slipway.diagram.waves import draw_wave

WIDTH = 720
_BETWEEN = 26


def draw(stacks: Iterable[AssembledStack]) -> str:
    """Draw the pipeline.

    Parameters
    ----------
    stacks
        Among them the pipeline's.

    Returns
    -------
    str
        An SVG document, the same for the same templates.

    Raises
    ------
    LookupError
        No stack has a pipeline.
    """
    found = stages.read(stacks)
    if found is None:
        raise LookupError("no stack has a pipeline")
    canvas = Canvas()
    y = heading(canvas, WIDTH, found.name, [f"account {found.account}", found.region, found.mode])
    if found.trigger:
        with canvas.of(found.resource.source, "What starts it"):
            canvas.glyph("event", MARGIN + 2, y - 6, "line-muted", size=17)
            canvas.text(MARGIN + 26, y + 8, f"starts at each {found.trigger}", "text-muted")
        y += 26
    y = draw_beginning(canvas, found, y + (26 if found.restarts else 4), WIDTH)
    for wave in found.waves:
        canvas.wire(
            [(WIDTH / 2, y + 2), (WIDTH / 2, y + _BETWEEN - 2)], "line-muted bold", arrow=True
        )
        y = draw_wave(canvas, wave, y + _BETWEEN, WIDTH)
    y = _draw_legend(canvas, found, y + 14)
    title = f"The pipeline {found.name}"
    return canvas.document(WIDTH, y + 10, title=title, text=in_words(found))


def in_words(found: Pipeline) -> str:
    """Say what the picture shows."""
    sentences = []
    if found.trigger:
        sentences.append(f"Starts at each {found.trigger}.")
    for stage in found.stages:
        steps = ", then ".join(
            " and ".join(action.label for action in step) for step in stage.steps
        )
        more = " It is skipped if it isn't needed." if stage.skipped else ""
        more += " It is rolled back if it fails." if stage.rolled_back else ""
        sentences.append(f"Stage {stage.name}: {steps}.{more}")
    if found.restarts:
        sentences.append("It begins anew when it has changed itself.")
    return " ".join(sentences)


def _draw_legend(canvas: Canvas, found: Pipeline, y: float) -> float:
    kinds = {action.kind for stage in found.stages for step in stage.steps for action in step}
    names = {"stack": "stack: change set, then deployed"}
    entries = [
        (glyph, ink_of(role), names.get(kind, kind))
        for kind, (role, glyph) in KINDS.items()
        if kind in kinds
    ]
    if any(stage.skipped for stage in found.stages):
        entries.append(("skip", "muted", "skipped if it isn't needed"))
    if any(stage.rolled_back for stage in found.stages):
        entries.append(("back", "muted", "rolled back if it fails"))
    room = WIDTH - 2 * MARGIN
    for row in rows_of(entries, lambda entry: 20 + text_width(entry[2], "small"), room, gap=16):
        x: float = MARGIN + 2
        for glyph, ink, label in row:
            canvas.glyph(glyph, x, y, f"line-{ink}", size=15)
            canvas.text(x + 20, y + 12, label, "small text-muted")
            x += 20 + text_width(label, "small") + 16
        y += 22
    return y
