"""The picture of the pipeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from slipway.changes import AssembledStack
from slipway.diagram import stages
from slipway.diagram.canvas import Canvas, chip_width, text_width
from slipway.diagram.heading import MARGIN, heading
from slipway.diagram.stages import Action, Pipeline, Stage, Wave

WIDTH = 720
_PAD = 12
_CHIP = 26
_GAP = 6
_ARROW = 20
_ROW = 36
_BETWEEN = 26
_MOST_ROWS = 6
_LOOKS = {
    "source": ("grey", "commit"),
    "build": ("blue", "hammer"),
    "stack": ("violet", "stacks"),
    "release": ("green", "release"),
    "approval": ("amber", "person"),
}
_MOST_IN_COLUMN = 4


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
    y = _draw_begin(canvas, found, y + (26 if found.restarts else 4))
    for wave in found.waves:
        canvas.wire(
            [(WIDTH / 2, y + 2), (WIDTH / 2, y + _BETWEEN - 2)], "line-muted bold", arrow=True
        )
        y = _draw_wave(canvas, wave, y + _BETWEEN)
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


@dataclass(frozen=True)
class _Step:
    """Actions at the same time, under one another."""

    columns: tuple[tuple[Action, ...], ...]

    @property
    def width(self) -> float:
        return sum(_column_width(column) for column in self.columns) + _GAP * (
            len(self.columns) - 1
        )

    @property
    def height(self) -> float:
        return max(len(column) for column in self.columns) * (_CHIP + _GAP) - _GAP


def _steps(stage: Stage) -> list[_Step]:
    """Arrange each step's actions; many at the same time get several columns."""
    return [
        _Step(
            tuple(
                tuple(step[begin : begin + rows])
                for rows in [max(_MOST_IN_COLUMN, -(-len(step) // 4))]
                for begin in range(0, len(step), rows)
            )
        )
        for step in stage.steps
    ]


def _action_width(action: Action) -> float:
    return text_width(action.shown) + 37


def _column_width(column: Sequence[Action]) -> float:
    return max(_action_width(action) for action in column)


def _rows_of(steps: Sequence[_Step], room: float) -> list[list[_Step]]:
    """Break steps into rows; an arrow stands between two of them, and before a further row."""
    rows: list[list[_Step]] = []
    used = room + 1.0
    for step in steps:
        if used + step.width > room:
            rows.append([])
            used = _ARROW if len(rows) > 1 else 0
        rows[-1].append(step)
        used += step.width + _ARROW
    return rows


def _rows_height(rows: Sequence[Sequence[_Step]]) -> float:
    return sum(max(step.height for step in row) for row in rows) + 12 * (len(rows) - 1)


def _draw_rows(
    canvas: Canvas, stage: Stage, rows: Sequence[Sequence[_Step]], x: float, y: float
) -> None:
    for number, row in enumerate(rows):
        height = max(step.height for step in row)
        middle, left = y + height / 2, x
        if number:
            canvas.wire(
                [(left + 1, middle), (left + _ARROW - 4, middle)], "line-muted wire", arrow=True
            )
            left += _ARROW
        for step in row:
            if left > x + _ARROW or (left > x and not number):
                canvas.wire(
                    [(left - _ARROW + 4, middle), (left - 4, middle)], "line-muted wire", arrow=True
                )
            _draw_step(canvas, stage, step, left, middle - step.height / 2)
            left += step.width + _ARROW
        y += height + 12


def _draw_step(canvas: Canvas, stage: Stage, step: _Step, x: float, y: float) -> None:
    for column in step.columns:
        width = _column_width(column)
        for number, action in enumerate(column):
            _draw_action(canvas, stage, action, x, y + number * (_CHIP + _GAP), width)
        x += width + _GAP


def _draw_action(
    canvas: Canvas, stage: Stage, action: Action, x: float, y: float, width: float
) -> None:
    role, glyph = _LOOKS[action.kind]
    source = ",".join(stage.sources[name] for name in action.names)
    with canvas.of(source, ", ".join(action.names)):
        canvas.rect(x, y, width, _CHIP, f"fill-{role}-tint line-{role} wire", radius=7)
        ink = "line-muted" if role == "grey" else f"line-{role}-ink"
        canvas.glyph(glyph, x + 7, y + 5.5, ink, size=15)
        canvas.text(x + 28, y + 17.5, action.shown, "text-ink")


def _draw_begin(canvas: Canvas, found: Pipeline, y: float) -> float:
    """Draw what comes before the first environment, side by side."""
    room = WIDTH - 2 * MARGIN
    cards = [(stage, _steps(stage)) for stage in found.begin]
    widths = [
        max(
            text_width(stage.label, "name"),
            sum(step.width for step in steps) + _ARROW * (len(steps) - 1),
        )
        + 2 * _PAD
        for stage, steps in cards
    ]
    rows: list[list[int]] = []
    used = room + 1.0
    for number, width in enumerate(widths):
        if used + width > room:
            rows.append([])
            used = 0
        rows[-1].append(number)
        used += width + _ARROW
    for row in rows:
        height = 40 + max(step.height for n in row for step in cards[n][1]) + _PAD
        spare = room - sum(widths[n] for n in row) - _ARROW * (len(row) - 1)
        extra = max(0, spare) / len(row) if len(rows) == 1 else 0
        x: float = MARGIN
        edges: dict[int, tuple[float, float]] = {}
        for n in row:
            stage, steps = cards[n]
            width = widths[n] + extra
            if x > MARGIN:
                canvas.wire(
                    [(x - _ARROW + 3, y + height / 2), (x - 3, y + height / 2)],
                    "line-muted bold",
                    arrow=True,
                )
            with canvas.of(f"stage {stage.name}", f"Stage {stage.name}"):
                canvas.rect(x, y, width, height, "fill-card line-line wire", radius=12)
                canvas.text(x + _PAD, y + 25, stage.label, "name text-ink")
            lines = [steps]
            high = max(step.height for step in steps)
            _draw_rows(canvas, stage, lines, x + _PAD, y + 38 + (height - 38 - _PAD - high) / 2)
            edges[n] = (x, x + width)
            x += width + _ARROW
        _draw_restart(canvas, found, edges, y)
        y += height + 14
    return y - 14


def _draw_restart(
    canvas: Canvas, found: Pipeline, edges: dict[int, tuple[float, float]], y: float
) -> None:
    """Draw the way back to the first stage, from the one that changes the pipeline."""
    for n, (left, right) in edges.items():
        names = [a.label for step in found.begin[n].steps for a in step]
        if found.restarts and 0 in edges and "SelfMutate" in names:
            to = sum(edges[0]) / 2
            begin = (left + right) / 2
            canvas.wire(
                [(begin, y), (begin, y - 16), (to, y - 16), (to, y)],
                "line-blue dashed wire",
                arrow=True,
            )
            label = "begins anew when it has changed itself"
            canvas.text((to + begin) / 2, y - 21, label, "small text-blue-ink", anchor="middle")


def _draw_wave(canvas: Canvas, wave: Wave, y: float) -> float:
    stage, x, width = wave.stage, MARGIN, WIDTH - 2 * MARGIN
    steps = _steps(stage)
    before = [s for s, step in zip(steps, stage.steps, strict=True) if _is_gate(step, stage)]
    gate = _rows_of(before, width - 2 * _PAD)
    rows = _rows_of(steps[len(before) :], width - 2 * _PAD)
    gate_height = _rows_height(gate) + 2 * 11 if gate else 0
    flow_top = y + 42 + gate_height + (10 if gate else 0)
    releases_top = flow_top + _rows_height(rows) + 16
    shown = _grouped(wave.releases)
    bottom = releases_top + (
        sum(_group_height(group, width) for group in shown) + 10 if shown else 0
    )
    with canvas.of(f"stage {stage.name}", f"Stage {stage.name}"):
        canvas.rect(x, y, width, bottom - y, "fill-card line-line wire", radius=12)
        canvas.text(x + _PAD, y + 27, stage.label, "name text-ink")
        right = x + width - _PAD
        for place in reversed(stage.places):
            label = f"{place.account} {place.region}"
            right -= chip_width(label, "small")
            canvas.chip(right, y + 11, label, "fill-paper line-line", "small text-muted")
            right -= 6
    if gate:
        canvas.rect(x + 1, y + 42, width - 2, gate_height, "fill-amber-tint", radius=0)
        _draw_rows(canvas, stage, gate, x + _PAD, y + 42 + 11)
    _draw_rows(canvas, stage, rows, x + _PAD, flow_top)
    if shown:
        canvas.wire(
            [(x + _PAD, releases_top - 4), (x + width - _PAD, releases_top - 4)], "line-line"
        )
    top = releases_top + 6
    longest = max((text_width(each.label, "strong") for each in wave.releases), default=0)
    label_room = min(190, longest + 44) if len(shown) == len(wave.releases) else 96
    middles = []
    for group in shown:
        _draw_releases(canvas, group, x + _PAD, top, width - 2 * _PAD, label_room)
        middles.append(top + max(step.height for step in _steps(group[0])) / 2)
        top += _group_height(group, width)
    for above, below in pairwise(middles):
        canvas.wire(
            [(x + _PAD + 10, above + 11), (x + _PAD + 10, below - 10)],
            "line-muted wire",
            arrow=True,
        )
    return bottom


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


def _name_rows(group: Sequence[Stage], width: float) -> list[list[Stage]]:
    rows: list[list[Stage]] = []
    used = width
    for stage in group:
        wide = chip_width(stage.label) + _GAP
        if used + wide > width - 2 * _PAD:
            rows.append([])
            used = 0
        rows[-1].append(stage)
        used += wide
    return rows


def _group_height(group: Sequence[Stage], width: float) -> float:
    high = max(step.height for step in _steps(group[0])) + _ROW - _CHIP
    return high if len(group) == 1 else high + 28 * len(_name_rows(group, width)) + 8


def _draw_releases(
    canvas: Canvas, group: Sequence[Stage], x: float, y: float, width: float, label_room: float
) -> None:
    first = group[0]
    steps = _steps(first)
    high = max(step.height for step in steps)
    middle = y + high / 2
    name = first.label if len(group) == 1 else "each of"
    sources = ",".join(f"stage {stage.name}" for stage in group[:1])
    with canvas.of(sources, f"Stage {first.name}"):
        canvas.glyph("service", x + 1, middle - 9, "line-green-ink", size=18)
        canvas.text(x + 26, middle + 4.5, name, "strong text-ink", room=label_room - 30)
    _draw_rows(canvas, first, [steps], x + label_room, y)
    right = x + width
    for wanted, glyph in ((first.rolled_back, "back"), (first.skipped, "skip")):
        if wanted:
            right -= 18
            canvas.glyph(glyph, right, middle - 8, "line-muted", size=16)
            right -= 10
    if len(group) == 1:
        return
    top = y + high + 8
    for row in _name_rows(group, width + 2 * _PAD):
        left = x
        for stage in row:
            inner = ",".join([f"stage {stage.name}", *stage.sources.values()])
            with canvas.of(inner, f"Stage {stage.name}"):
                left += canvas.chip(
                    left, top, stage.label, "fill-green-tint line-green", "text-ink"
                )
            left += _GAP
        top += 28


def _draw_legend(canvas: Canvas, found: Pipeline, y: float) -> float:
    kinds = {action.kind for stage in found.stages for step in stage.steps for action in step}
    names = {"stack": "stack: change set, then deployed"}
    entries = [
        (glyph, "line-muted" if role == "grey" else f"line-{role}-ink", names.get(kind, kind))
        for kind, (role, glyph) in _LOOKS.items()
        if kind in kinds
    ]
    if any(stage.skipped for stage in found.stages):
        entries.append(("skip", "line-muted", "skipped if it isn't needed"))
    if any(stage.rolled_back for stage in found.stages):
        entries.append(("back", "line-muted", "rolled back if it fails"))
    x: float = MARGIN + 2
    for glyph, ink, label in entries:
        wide = 20 + text_width(label, "small")
        if x + wide > WIDTH - MARGIN:
            x, y = MARGIN + 2, y + 22
        canvas.glyph(glyph, x, y, ink, size=15)
        canvas.text(x + 20, y + 12, label, "small text-muted")
        x += wide + 16
    return y + 20
