"""The stages of a pipeline before its first environment: side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slipway.diagram.canvas import Canvas, text_width
from slipway.diagram.flow import rows_of
from slipway.diagram.heading import MARGIN
from slipway.diagram.stages import Pipeline, Stage
from slipway.diagram.steps import ARROW, Step, draw_rows, steps_of

_PAD = 12
_HEAD = 38
_BETWEEN = 14
_SELF_MUTATION = "SelfMutate"


@dataclass(frozen=True)
class _Card:
    """A stage, with its steps in one row."""

    stage: Stage
    steps: Sequence[Step]

    @property
    def width(self) -> float:
        steps = sum(step.width for step in self.steps) + ARROW * (len(self.steps) - 1)
        return max(text_width(self.stage.label, "name"), steps) + 2 * _PAD

    @property
    def steps_height(self) -> float:
        return max(step.height for step in self.steps)


def draw_beginning(canvas: Canvas, found: Pipeline, y: float, width: float) -> float:
    """Draw the stages, and return the lower edge."""
    room = width - 2 * MARGIN
    cards = [_Card(stage, steps_of(stage)) for stage in found.begin]
    rows = rows_of(cards, lambda card: card.width, room, gap=ARROW)
    for row in rows:
        spare = room - sum(card.width for card in row) - ARROW * (len(row) - 1)
        extra = max(0, spare) / len(row) if len(rows) == 1 else 0
        height = _HEAD + max(card.steps_height for card in row) + _PAD
        x, middles = float(MARGIN), {}
        for card in row:
            if card is not row[0]:
                middle = y + height / 2
                arrow = [(x - ARROW + 3, middle), (x - 3, middle)]
                canvas.wire(arrow, "line-muted bold", arrow=True)
            _draw_card(canvas, card, x, y, card.width + extra, height)
            middles[card.stage.name] = x + (card.width + extra) / 2
            x += card.width + extra + ARROW
        _draw_restart(canvas, found, middles, y)
        y += height + _BETWEEN
    return y - _BETWEEN


def _draw_card(
    canvas: Canvas, card: _Card, x: float, y: float, width: float, height: float
) -> None:
    with canvas.of(f"stage {card.stage.name}", f"Stage {card.stage.name}"):
        canvas.rect(x, y, width, height, "fill-card line-line wire", radius=12)
        canvas.text(x + _PAD, y + 25, card.stage.label, "name text-ink")
    spare = height - _HEAD - _PAD - card.steps_height
    draw_rows(canvas, card.stage, [card.steps], x + _PAD, y + _HEAD + spare / 2)


def _draw_restart(canvas: Canvas, found: Pipeline, middles: dict[str, float], y: float) -> None:
    """Draw the way back to the first stage, from the one that changes the pipeline."""
    changing = next(
        (
            stage.name
            for stage in found.begin
            if any(action.label == _SELF_MUTATION for step in stage.steps for action in step)
        ),
        "",
    )
    first = found.begin[0].name
    if not found.restarts or changing not in middles or first not in middles:
        return
    begin, end = middles[changing], middles[first]
    way = [(begin, y), (begin, y - 16), (end, y - 16), (end, y)]
    with canvas.of(found.resource.source, "RestartExecutionOnUpdate"):
        canvas.wire(way, "line-blue dashed wire", arrow=True)
        label = "begins anew when it has changed itself"
        canvas.text((begin + end) / 2, y - 21, label, "small text-blue-ink", anchor="middle")
