"""The picture of a release: a service's blue/green deployment, from its first event to its end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slipway.changes import AssembledStack
from slipway.diagram import river, story, units
from slipway.diagram.canvas import Canvas, text_width
from slipway.diagram.heading import MARGIN, heading
from slipway.diagram.stops import draw_stops
from slipway.diagram.story import Route, Story
from slipway.diagram.timetable import Mark, Row, rows_of

WIDTH = 720
_SPINE, _TEXT = 38, 58
_TASKS, _TASK_BAR = 396, 15
_PRODUCTION, _PRODUCTION_WIDTH = 448, 132
_TEST, _TEST_WIDTH = 626, 62
_TEXT_ROOM = _TASKS - _TEXT - 14
_HEAD, _FOOT = 70, 34
_MIDDLE = 17
_LINE = 18
_FLOWS_ON = 14


@dataclass(frozen=True)
class _Placed:
    """A row at its height."""

    row: Row
    top: float

    @property
    def bottom(self) -> float:
        return self.top + self.row.height


def draw(stacks: Iterable[AssembledStack], service: str, title: str) -> str:
    """Draw how a service is released.

    Parameters
    ----------
    stacks
        Those of an environment.
    service
        Its name.
    title
        What the picture is called: ``A release of storefront in prod``.

    Returns
    -------
    str
        An SVG document, the same for the same templates.

    Raises
    ------
    LookupError
        There is no such service.
    """
    found = story.read(stacks, service)
    if found is None:
        raise LookupError(f"no stack releases {service}")
    canvas = Canvas()
    with canvas.of(found.shift_source, "How traffic moves"):
        top = heading(canvas, WIDTH, title, [found.shift])
    placed = _place(rows_of(found, _TEXT_ROOM), top + _HEAD)
    end = placed[-1].bottom
    card = "fill-card line-line wire"
    canvas.rect(MARGIN, top, WIDTH - 2 * MARGIN, end + _FOOT - top, card, radius=12)
    _draw_heads(canvas, found, top)
    _draw_lines(canvas, placed)
    _draw_tasks(canvas, found, placed)
    _draw_rivers(canvas, found, placed)
    canvas.wire([(_SPINE, placed[0].top + _MIDDLE), (_SPINE, end + 4)], "line-grey bold")
    for each in placed:
        _draw_row(canvas, each)
    canvas.circle(_SPINE, end + 10, 6, "fill-green")
    canvas.text(_TEXT, end + 14.5, "green is live", "strong text-green-ink")
    bottom = draw_stops(canvas, found, end + _FOOT + 14, WIDTH)
    return canvas.document(WIDTH, bottom + MARGIN, title=title, text=in_words(found))


def in_words(found: Story) -> str:
    """Say what the picture shows."""
    sentences = [f"CodeDeploy releases {found.service} ({found.shift})."]
    for event in found.events:
        kind = "a hook" if event.hook else "CodeDeploy"
        sentences.append(f"{event.name}, {kind}: {', '.join(event.lines) or 'no checks'}.")
    sentences += [
        f"At {step.percent} % it waits {units.seconds(step.wait_seconds)}."
        for step in found.steps
        if step.wait_seconds
    ]
    wait = units.seconds(found.termination_seconds)
    sentences.append(f"Blue's tasks stay for {wait} after the shift.")
    if found.alarms:
        names = ", ".join(f"{each.colour} {each.name}".strip() for each in found.alarms)
        sentences.append(f"It is stopped by alarms: {names}.")
    return " ".join(sentences)


def _place(rows: Iterable[Row], y: float) -> list[_Placed]:
    placed = []
    for row in rows:
        placed.append(_Placed(row, y))
        y += row.height
    return placed


def _draw_heads(canvas: Canvas, found: Story, y: float) -> None:
    """Draw what the columns are: tasks, and the listeners with their rules."""
    with canvas.of(found.group.source, f"CodeDeploy's deployment group of {found.service}"):
        canvas.text(MARGIN + 14, y + 27, "CodeDeploy", "name text-ink")
    x = MARGIN + 20.0
    legend = ((Mark.HOOK, "a hook decides"), (Mark.STEP, "CodeDeploy acts"), (Mark.WAIT, "waits"))
    for mark, label in legend:
        _draw_mark(canvas, mark, x, y + 46, size=6.5)
        canvas.text(x + 13, y + 50, label, "small text-muted")
        x += 13 + text_width(label, "small") + 20
    canvas.text(_TASKS + _TASK_BAR + 3, y + 27, "tasks", "strong text-ink", anchor="middle")
    for route, name, left, width in (
        (found.production, "production", _PRODUCTION, _PRODUCTION_WIDTH),
        (found.test, "test", _TEST, _TEST_WIDTH),
    ):
        if route is not None:
            _draw_head(canvas, route, name, left + width / 2, y)


def _draw_head(canvas: Canvas, route: Route, name: str, middle: float, y: float) -> None:
    with canvas.of(route.listener.source, f"The {name} listener"):
        canvas.text(middle, y + 27, name, "strong text-ink", anchor="middle")
        canvas.text(middle, y + 44, route.label, "small text-muted", anchor="middle")
    if route.rule is not None:
        with canvas.of(route.rule.source, f"Traffic rule of the {name} listener"):
            label = f"rule {route.rule_label}"
            canvas.text(middle, y + 60, label, "small text-muted", anchor="middle", room=118)


def _draw_mark(canvas: Canvas, mark: Mark, x: float, y: float, *, size: float = 9) -> None:
    """Say what kind of event this is: hooks are diamonds, as in the reports."""
    if mark is Mark.HOOK:
        canvas.polygon([(x, y - size), (x + size, y), (x, y + size), (x - size, y)], "fill-violet")
    elif mark is Mark.WAIT:
        canvas.circle(x, y, size, "fill-card")
        canvas.glyph("clock", x - size, y - size, "line-amber-ink", size=2 * size)
    elif mark is Mark.STEP:
        canvas.circle(x, y, size - 2.5, "fill-grey")


def _draw_lines(canvas: Canvas, placed: Sequence[_Placed]) -> None:
    for each in placed[1:]:
        if each.row.mark is not Mark.NONE:
            canvas.wire([(_TEXT, each.top), (WIDTH - MARGIN - 14, each.top)], "line-line")


def _draw_tasks(canvas: Canvas, found: Story, placed: Sequence[_Placed]) -> None:
    """Draw how long each task set runs."""
    end = placed[-1].bottom
    starts = next((each.top for each in placed if each.row.green_runs), end)
    spans = ((placed[0].top, end - 8), (starts, end + _FLOWS_ON - 3))
    for number, (group, colour) in enumerate(
        zip(found.target_groups, ("blue", "green"), strict=False)
    ):
        begin, stop = spans[number]
        x = _TASKS + number * (_TASK_BAR + 6)
        with canvas.of(group.source, f"Target group {colour}"):
            canvas.rect(x, begin, _TASK_BAR, stop - begin, f"fill-{colour}", radius=5)


def _draw_rivers(canvas: Canvas, found: Story, placed: Sequence[_Placed]) -> None:
    end = placed[-1].bottom + _FLOWS_ON
    if found.production is not None:
        flow = river.stretches([(p.top, p.row.height, p.row.shares) for p in placed])
        river.draw(canvas, flow, end, _PRODUCTION, _PRODUCTION_WIDTH, labels=True)
    if found.test is not None:
        tested = [(p.top, p.row.height, [100 if p.row.tests_green else 0]) for p in placed]
        river.draw(canvas, river.stretches(tested), end, _TEST, _TEST_WIDTH, labels=False)


def _draw_row(canvas: Canvas, placed: _Placed) -> None:
    row = placed.row
    with canvas.of(row.source, row.name or row.lines[0]):
        _draw_mark(canvas, row.mark, _SPINE, placed.top + _MIDDLE)
        line = placed.top + _MIDDLE + 5
        if row.name:
            ink = "text-violet-ink" if row.mark is Mark.HOOK else "text-ink"
            canvas.text(_TEXT, line, row.name, f"strong {ink}")
            line += _LINE
        for text in row.lines:
            canvas.text(_TEXT, line, text, "text-muted", room=_TEXT_ROOM)
            line += _LINE
