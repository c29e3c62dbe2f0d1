"""The steps of a stage: actions at the same time under one another, steps side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slipway.diagram.blocks import ink_of
from slipway.diagram.canvas import Canvas, text_width
from slipway.diagram.flow import rows_of
from slipway.diagram.stages import Action, Stage

ACTION_HEIGHT = 26
GAP = 6
ARROW = 20
"""The room of an arrow between two steps."""

KINDS = {
    "source": ("grey", "commit"),
    "build": ("blue", "hammer"),
    "stack": ("violet", "stacks"),
    "release": ("green", "release"),
    "approval": ("amber", "person"),
}
"""Colour and glyph of every kind of action: the colours are those of the pipeline's report."""

_BETWEEN_ROWS = 12
_MOST_IN_COLUMN = 4
_MOST_COLUMNS = 4


@dataclass(frozen=True)
class Step:
    """Actions at the same time, under one another."""

    columns: tuple[tuple[Action, ...], ...]

    @property
    def width(self) -> float:
        """All columns together."""
        return sum(_column_width(column) for column in self.columns) + GAP * (len(self.columns) - 1)

    @property
    def height(self) -> float:
        """The highest column's."""
        return max(len(column) for column in self.columns) * (ACTION_HEIGHT + GAP) - GAP


def steps_of(stage: Stage) -> list[Step]:
    """Arrange each step's actions; many at the same time get several columns."""
    return [
        Step(
            tuple(
                tuple(step[begin : begin + rows])
                for rows in [max(_MOST_IN_COLUMN, -(-len(step) // _MOST_COLUMNS))]
                for begin in range(0, len(step), rows)
            )
        )
        for step in stage.steps
    ]


def _action_width(action: Action) -> float:
    return text_width(action.shown) + 37


def _column_width(column: Sequence[Action]) -> float:
    return max(_action_width(action) for action in column)


def step_rows(steps: Sequence[Step], room: float) -> list[list[Step]]:
    """Break steps into rows; an arrow stands before each but the very first."""
    return rows_of(steps, lambda step: step.width, room, gap=ARROW, indent=ARROW)


def rows_height(rows: Sequence[Sequence[Step]]) -> float:
    """Return how high rows of steps are together."""
    if not rows:
        return 0
    return sum(max(step.height for step in row) for row in rows) + _BETWEEN_ROWS * (len(rows) - 1)


def draw_rows(
    canvas: Canvas, stage: Stage, rows: Sequence[Sequence[Step]], x: float, y: float
) -> None:
    """Draw steps of a stage with the upper left corner of their rows at (x, y)."""
    for number, row in enumerate(rows):
        height = max(step.height for step in row)
        middle, left = y + height / 2, x + (ARROW if number else 0)
        for step in row:
            if number or step is not row[0]:
                arrow = [(left - ARROW + 4, middle), (left - 4, middle)]
                canvas.wire(arrow, "line-muted wire", arrow=True)
            _draw_step(canvas, stage, step, left, middle - step.height / 2)
            left += step.width + ARROW
        y += height + _BETWEEN_ROWS


def _draw_step(canvas: Canvas, stage: Stage, step: Step, x: float, y: float) -> None:
    for column in step.columns:
        width = _column_width(column)
        for number, action in enumerate(column):
            _draw_action(canvas, stage, action, x, y + number * (ACTION_HEIGHT + GAP), width)
        x += width + GAP


def _draw_action(
    canvas: Canvas, stage: Stage, action: Action, x: float, y: float, width: float
) -> None:
    role, glyph = KINDS[action.kind]
    source = ",".join(stage.sources[name] for name in action.names)
    with canvas.of(source, ", ".join(action.names)):
        canvas.rect(x, y, width, ACTION_HEIGHT, f"fill-{role}-tint line-{role} wire", radius=7)
        canvas.glyph(glyph, x + 7, y + 5.5, f"line-{ink_of(role)}", size=15)
        canvas.text(x + 28, y + 17.5, action.shown, "text-ink")
