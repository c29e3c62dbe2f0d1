"""The picture of a release: a service's blue/green deployment, from its first event to its end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from slipway.changes import AssembledStack
from slipway.diagram import lettering, story, units
from slipway.diagram.alarms import Alarm
from slipway.diagram.canvas import Canvas, text_width
from slipway.diagram.heading import MARGIN, heading
from slipway.diagram.story import Event, Route, Step, Story

WIDTH = 720
_SPINE = 38
_TEXT = 58
_TASKS = 396
_PRODUCTION, _PRODUCTION_WIDTH = 448, 132
_TEST, _TEST_WIDTH = 626, 62
_LEFT_ROOM = _TASKS - _TEXT - 14
_LINE = 18
_STEP = 46
_MOST_STEPS = 8
_BAR = 15


def draw(stacks: Iterable[AssembledStack], service: str, title: str) -> str:
    """Draw how a service is released.

    Parameters
    ----------
    stacks
        Those of an environment.
    service
        Its name.
    title
        What the picture is called: ``A release of storefront to prod``.

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
    with canvas.of(found.group.source, f"Deployment group of {service}"):
        top = heading(canvas, WIDTH, title, [found.shift])
    rows = _rows(found)
    rivers_top = top + 70
    height = sum(row.height for row in rows)
    canvas.rect(
        MARGIN, top, WIDTH - 2 * MARGIN, 70 + height + 34, "fill-card line-line wire", radius=12
    )
    _draw_heads(canvas, found, top)
    y = rivers_top
    for row in rows:
        row.top = y
        y += row.height
    _draw_rules(canvas, rows)
    _draw_tasks(canvas, found, rows)
    _draw_rivers(canvas, found, rows)
    canvas.wire([(_SPINE, rows[0].middle), (_SPINE, y + 4)], "line-grey bold")
    for row in rows:
        _draw_row(canvas, row)
    canvas.circle(_SPINE, y + 10, 6, "fill-green")
    canvas.text(_TEXT, y + 14.5, "green is live", "strong text-green-ink")
    bottom = _draw_stops(canvas, found, y + 34 + 14)
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


@dataclass
class _Row:
    """A row of the picture: an event, a step of the shift, or a wait."""

    name: str
    lines: Sequence[str]
    source: str
    is_hook: bool
    green: float
    """Percent of production traffic that green gets."""
    tests_green: bool
    blue_runs: bool = True
    green_runs: bool = True
    is_wait: bool = False
    top: float = 0

    @property
    def height(self) -> float:
        own = (32 if self.name else 16) + _LINE * len(self.lines)
        return max(_STEP, own) if self.is_wait else own

    @property
    def middle(self) -> float:
        return self.top + 17


def _rows(found: Story) -> list[_Row]:
    rows: list[_Row] = []
    green, tests_green, green_runs = 0.0, False, False
    names = [event.name for event in found.events]
    before = "BeforeAllowTraffic" if "BeforeAllowTraffic" in names else "AllowTraffic"
    for event in found.events:
        if event.name == before and found.approval_seconds:
            line = f"somebody lets it go on, within {units.seconds(found.approval_seconds)}"
            rows.append(
                _Row(
                    "Approval", (line,), found.group.source, False, green, tests_green, is_wait=True
                )
            )
        green_runs = green_runs or event.name == "Install"
        tests_green = tests_green or event.name == "AllowTestTraffic"
        if event.name == "AllowTraffic":
            rows += _shift_rows(found, event, tests_green)
            green = 100
            continue
        rows.append(
            _Row(
                event.name,
                _wrapped(event),
                event.source,
                event.hook is not None,
                green,
                tests_green,
                green_runs=green_runs,
            )
        )
    wait = units.seconds(found.termination_seconds)
    rows.append(
        _Row(
            "Termination wait",
            (f"blue stays for {wait}, and can come back",),
            found.group.source,
            False,
            green,
            tests_green,
            is_wait=True,
        )
    )
    return rows


def _wrapped(event: Event) -> list[str]:
    return [line for text in event.lines for line in lettering.lines(text, 13, _LEFT_ROOM)]


def _shift_rows(found: Story, event: Event, tests_green: bool) -> list[_Row]:
    """Give each step of the shift a row; where there are many, the middle ones share one."""
    steps: list[Step | None] = list(found.steps)
    if len(steps) > _MOST_STEPS:
        steps = [*steps[:3], None, *steps[-2:]]
    rows = []
    for number, step in enumerate(steps):
        name = event.name if number == 0 else ""
        if step is None:
            share = (found.steps[2].percent + found.steps[-2].percent) / 2
            lines = ["and so on"]
        else:
            share = step.percent
            wait = f", then wait {units.seconds(step.wait_seconds)}" if step.wait_seconds else ""
            lines = [f"{step.percent} % to green{wait}"]
        rows.append(
            _Row(
                name,
                lines,
                event.source,
                False,
                share,
                tests_green,
                is_wait=bool(step and step.wait_seconds),
            )
        )
    return rows


def _draw_heads(canvas: Canvas, found: Story, y: float) -> None:
    """Draw what the columns are: tasks, and the listeners with their rules."""
    canvas.text(MARGIN + 14, y + 27, "CodeDeploy", "name text-ink")
    x = MARGIN + 20.0
    for mark, label in (("hook", "a hook decides"), ("step", "CodeDeploy acts"), ("wait", "waits")):
        _draw_mark(canvas, mark, x, y + 46, small=True)
        canvas.text(x + 13, y + 50, label, "small text-muted")
        x += 13 + text_width(label, "small") + 20
    canvas.text(_TASKS + _BAR + 3, y + 27, "tasks", "strong text-ink", anchor="middle")
    for route, name, x, width in (
        (found.production, "production", _PRODUCTION, _PRODUCTION_WIDTH),
        (found.test, "test", _TEST, _TEST_WIDTH),
    ):
        if route is not None:
            _draw_head(canvas, route, name, x + width / 2, y)


def _draw_mark(canvas: Canvas, mark: str, x: float, y: float, *, small: bool = False) -> None:
    """Say what kind of event this is: hooks are diamonds, as in the reports."""
    size = 6.5 if small else 9.0
    if mark == "hook":
        canvas.polygon([(x, y - size), (x + size, y), (x, y + size), (x - size, y)], "fill-violet")
    elif mark == "wait":
        canvas.circle(x, y, size, "fill-card")
        canvas.glyph("clock", x - size, y - size, "line-amber-ink", size=2 * size)
    else:
        canvas.circle(x, y, size - 2.5, "fill-grey")


def _draw_head(canvas: Canvas, route: Route, name: str, middle: float, y: float) -> None:
    with canvas.of(route.listener.source, f"The {name} listener"):
        canvas.text(middle, y + 27, name, "strong text-ink", anchor="middle")
        canvas.text(middle, y + 44, route.label, "small text-muted", anchor="middle")
    if route.rule is not None:
        with canvas.of(route.rule.source, f"Traffic rule of the {name} listener"):
            canvas.text(
                middle, y + 60, f"rule {route.rule_label}", "small text-muted", anchor="middle"
            )


def _draw_rules(canvas: Canvas, rows: Sequence[_Row]) -> None:
    for row in rows[1:]:
        if row.name:
            canvas.wire([(_TEXT, row.top), (WIDTH - MARGIN - 14, row.top)], "line-line")


def _draw_tasks(canvas: Canvas, found: Story, rows: Sequence[_Row]) -> None:
    """Draw how long each task set runs."""
    end = rows[-1].top + rows[-1].height
    first = next((row for row in rows if row.green_runs), rows[-1])
    spans = ((rows[0].top, end - 8), (first.top, end + 11))
    for number, (group, colour) in enumerate(
        zip(found.target_groups, ("blue", "green"), strict=False)
    ):
        begin, stop = spans[number]
        with canvas.of(group.source, f"Target group {colour}"):
            canvas.rect(
                _TASKS + number * (_BAR + 6), begin, _BAR, stop - begin, f"fill-{colour}", radius=5
            )


def _draw_rivers(canvas: Canvas, found: Story, rows: Sequence[_Row]) -> None:
    end = rows[-1].top + rows[-1].height + 14
    if found.production is not None:
        shares = [(row.top, row.green) for row in rows]
        _draw_river(canvas, shares, end, _PRODUCTION, _PRODUCTION_WIDTH)
        for row in rows:
            _draw_share(canvas, row, rows)
    if found.test is not None:
        shares = [(row.top, 100.0 if row.tests_green else 0.0) for row in rows]
        _draw_river(canvas, shares, end, _TEST, _TEST_WIDTH)


def _draw_river(
    canvas: Canvas, shares: Sequence[tuple[float, float]], end: float, x: float, width: float
) -> None:
    """Draw a share of traffic downwards: blue on the left, green on the right."""
    changes = [
        (top, green)
        for number, (top, green) in enumerate(shares)
        if not number or shares[number - 1][1] != green
    ]
    for (top, green), (bottom, _) in pairwise([*changes, (end, 0)]):
        split = x + width * (1 - green / 100)
        gap = 0 if green in {0, 100} else 1.5
        for colour, left, right in (("blue", x, split - gap), ("green", split + gap, x + width)):
            if right - left > 2 * gap:
                canvas.rect(left, top, right - left, bottom - top - 3, f"fill-{colour}", radius=5)


def _draw_share(canvas: Canvas, row: _Row, rows: Sequence[_Row]) -> None:
    """Write the shares where they change: in the river, or beside it where that is too narrow."""
    number = rows.index(row)
    if number and rows[number - 1].green == row.green:
        return
    y = row.top + 22
    end = _PRODUCTION + _PRODUCTION_WIDTH
    split = end - _PRODUCTION_WIDTH * row.green / 100
    for share, left, right, colour in (
        (100 - row.green, _PRODUCTION, split, "blue"),
        (row.green, split, end, "green"),
    ):
        label = f"{share:g} %"
        named = f"{colour} {label}"
        if share and text_width(named, "strong") < right - left - 8:
            canvas.text((left + right) / 2, y, named, "strong text-white", anchor="middle")
        elif share and text_width(label, "strong") < right - left - 4:
            canvas.text((left + right) / 2, y, label, "strong text-white", anchor="middle")
        elif share and colour == "green":
            canvas.text(end + 5, y, label, "strong text-green-ink")
        elif share:
            canvas.text(_PRODUCTION - 5, y, label, "strong text-blue-ink", anchor="end")


def _draw_row(canvas: Canvas, row: _Row) -> None:
    with canvas.of(row.source, row.name or row.lines[0]):
        y = row.middle
        is_wait = row.is_wait and row.name != "AllowTraffic"
        if row.name:
            _draw_mark(canvas, "hook" if row.is_hook else "wait" if is_wait else "step", _SPINE, y)
        look = "text-violet-ink" if row.is_hook else "text-ink"
        line = y + 5
        if row.name:
            canvas.text(_TEXT, line, row.name, f"strong {look}")
            line += _LINE
        for text in row.lines:
            canvas.text(_TEXT, line, text, "text-muted", room=_LEFT_ROOM)
            line += _LINE


def _draw_stops(canvas: Canvas, found: Story, y: float) -> float:
    """Draw what stops a release, and brings traffic back to blue."""
    if not found.alarms and not found.rolls_back:
        return y - 14
    x, width = MARGIN, WIDTH - 2 * MARGIN
    reasons = [label for event, label in story.ROLLBACK_EVENTS.items() if event in found.rolls_back]
    alarms: dict[tuple[str, str], list[Alarm]] = {}
    for each in found.alarms:
        alarms.setdefault((each.name, each.fires), []).append(each)
    lines = -(-len(alarms) // 2)
    height = 44 + 24 * lines + (6 if lines else 0)
    canvas.rect(x, y, width, height, "fill-red-tint", radius=12)
    canvas.glyph("back", x + 13, y + 12, "line-red", size=19)
    with canvas.of(found.group.source, "What stops it"):
        reason = f" when {', or '.join(reasons)}" if reasons else ""
        canvas.text(x + 40, y + 27, f"Back to blue{reason}", "strong text-ink", room=width - 54)
    for number, ((name, fires), group) in enumerate(alarms.items()):
        left = x + 40 + (number % 2) * (width - 50) / 2
        top = y + 48 + 24 * (number // 2)
        canvas.glyph("bell", left - 27, top - 3, "line-red", size=17) if not number else None
        for position, each in enumerate(group):
            colour = each.colour or "violet"
            with canvas.of(each.resource.source, f"Alarm {each.colour} {each.name}"):
                canvas.circle(left + 5 + position * 14, top + 6, 5, f"fill-{colour}")
        canvas.text(left + 34, top + 10.5, name, "text-ink")
        canvas.text(left + 40 + text_width(name), top + 10.5, fires, "text-muted")
    return y + height
