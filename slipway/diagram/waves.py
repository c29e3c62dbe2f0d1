"""Environments that go together in a pipeline: their stacks, then a release of each service."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from slipway.diagram.canvas import Canvas, chip_width, text_width
from slipway.diagram.flow import rows_of
from slipway.diagram.heading import MARGIN
from slipway.diagram.stages import Action, Stage, Wave
from slipway.diagram.steps import (
    ACTION_HEIGHT,
    GAP,
    draw_rows,
    rows_height,
    step_rows,
    steps_of,
)

_PAD = 12
_HEAD = 42
_GATE_PAD = 11
_BETWEEN_RELEASES = 10
_NAMES_ROW = 28
_MOST_NAME = 190
_EACH_OF = "each in turn"
# More releases that do the same share one row of actions.
_MOST_ROWS = 6


def draw_wave(canvas: Canvas, wave: Wave, y: float, width: float) -> float:
    """Draw a wave, and return the lower edge."""
    stage, x, width = wave.stage, MARGIN, width - 2 * MARGIN
    room = width - 2 * _PAD
    steps = steps_of(stage)
    before = sum(_is_gate(step, stage) for step in stage.steps)
    gate, flow = step_rows(steps[:before], room), step_rows(steps[before:], room)
    gate_height = rows_height(gate) + 2 * _GATE_PAD if gate else 0
    flow_top = y + _HEAD + gate_height + (10 if gate else 0)
    releases_top = flow_top + rows_height(flow) + 16
    groups = _grouped(wave.releases)
    bottom = releases_top + sum(_group_height(group, room) for group in groups)
    bottom += 10 if groups else 0
    with canvas.of(f"stage {stage.name}", f"Stage {stage.name}"):
        canvas.rect(x, y, width, bottom - y, "fill-card line-line wire", radius=12)
        canvas.text(x + _PAD, y + 27, stage.label, "name text-ink")
        _draw_places(canvas, stage, x + width - _PAD, y + 11)
    if gate:
        canvas.rect(x + 1, y + _HEAD, width - 2, gate_height, "fill-amber-tint", radius=0)
        draw_rows(canvas, stage, gate, x + _PAD, y + _HEAD + _GATE_PAD)
    draw_rows(canvas, stage, flow, x + _PAD, flow_top)
    if groups:
        line = releases_top - 4
        canvas.wire([(x + _PAD, line), (x + _PAD + room, line)], "line-line")
        _draw_groups(canvas, groups, x + _PAD, releases_top + 6, room)
    return bottom


def _draw_places(canvas: Canvas, stage: Stage, right: float, y: float) -> None:
    for place in reversed(stage.places):
        label = f"{place.account} {place.region}"
        right -= chip_width(label, "small")
        canvas.chip(right, y, label, "fill-paper line-line", "small text-muted")
        right -= GAP


def _is_gate(step: Sequence[Action], stage: Stage) -> bool:
    """Tell whether a step comes before an approval, or is one."""
    approvals = [a.order for each in stage.steps for a in each if a.kind == "approval"]
    return bool(approvals) and step[0].order <= max(approvals)


def _grouped(releases: Sequence[Stage]) -> list[list[Stage]]:
    """Put many stages that do the same together; a few get a row each."""
    if len(releases) <= _MOST_ROWS:
        return [[stage] for stage in releases]
    groups: dict[object, list[Stage]] = {}
    for stage in releases:
        key = (stage.shape, stage.skipped, stage.rolled_back)
        groups.setdefault(key, []).append(stage)
    return list(groups.values())


def _actions_height(stage: Stage) -> float:
    return max((step.height for step in steps_of(stage)), default=ACTION_HEIGHT)


def _name_rows(group: Sequence[Stage], room: float) -> list[list[Stage]]:
    if len(group) == 1:
        return []
    return rows_of(group, lambda stage: chip_width(stage.label), room, gap=GAP)


def _group_height(group: Sequence[Stage], room: float) -> float:
    names = _name_rows(group, room)
    return (
        _actions_height(group[0])
        + _BETWEEN_RELEASES
        + _NAMES_ROW * len(names)
        + (8 if names else 0)
    )


def _draw_groups(
    canvas: Canvas, groups: Sequence[Sequence[Stage]], x: float, y: float, width: float
) -> None:
    """Draw releases, each after the one before it."""
    names = [_EACH_OF if len(group) > 1 else group[0].label for group in groups]
    longest = max(text_width(name, "strong") for name in names)
    label_room = min(_MOST_NAME, longest + 44)
    middles = []
    for name, group in zip(names, groups, strict=True):
        _draw_release(canvas, group, name, x, y, width, label_room)
        middles.append(y + _actions_height(group[0]) / 2)
        y += _group_height(group, width)
    for above, below in pairwise(middles):
        canvas.wire([(x + 10, above + 11), (x + 10, below - 10)], "line-muted wire", arrow=True)


def _draw_release(
    canvas: Canvas,
    group: Sequence[Stage],
    name: str,
    x: float,
    y: float,
    width: float,
    label_room: float,
) -> None:
    first = group[0]
    high = _actions_height(first)
    middle = y + high / 2
    with canvas.of(f"stage {first.name}", f"Stage {first.name}"):
        canvas.glyph("service", x + 1, middle - 9, "line-green-ink", size=18)
        canvas.text(x + 26, middle + 4.5, name, "strong text-ink", room=label_room - 30)
        right = x + width
        for wanted, glyph in ((first.rolled_back, "back"), (first.skipped, "skip")):
            if wanted:
                canvas.glyph(glyph, right - 18, middle - 8, "line-muted", size=16)
                right -= 28
    draw_rows(canvas, first, [steps_of(first)], x + label_room, y)
    y += high + 8
    for row in _name_rows(group, width):
        left = x
        for stage in row:
            inner = ",".join([f"stage {stage.name}", *stage.sources.values()])
            with canvas.of(inner, f"Stage {stage.name}"):
                look = "fill-green-tint line-green"
                left += canvas.chip(left, y, stage.label, look, "text-ink") + GAP
        y += _NAMES_ROW
