"""An execution as a picture: its stages under one another, their actions over time.

It is made of HTML rather than of SVG: bars are as wide as their share of the time, their labels
are cut where there is no room, and every stage opens to its actions, by mouse, keyboard or screen
reader, without a script. Colours come from the page's style sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from html import escape
from itertools import takewhile

from slipway.page import elements
from slipway.page.time_scale import TimeScale
from slipway.rehearsal.pipeline import artifacts
from slipway.rehearsal.pipeline.outcome import State, is_approval, state, summary, verdict
from slipway.rehearsal.pipeline.report import Action, Execution, StageRun

_STACK = "CloudFormation"

# What an action does, by its provider: colours and legend.
_KINDS = {
    "CodeStarSourceConnection": "source",
    "CodeBuild": "build",
    _STACK: "stack",
    "CodeDeployToECS": "release",
    "Manual": "approval",
}
_NOTICEABLE_WAIT = timedelta(seconds=1)

# Seconds below which tenths are told.
_SHORT = 10

LEGEND = (
    '<ul class="legend">'
    '<li><i class="key source"></i>source</li><li><i class="key build"></i>build</li>'
    '<li><i class="key stack"></i>stack</li><li><i class="key release"></i>release</li>'
    '<li><i class="key approval"></i>waiting for approval</li>'
    '<li><i class="key bad"></i>✕ failed</li><li><i class="key dotted"></i>waiting</li>'
    "<li>» skipped</li><li>■ stopped</li><li>► in progress</li></ul>"
)


def draw(execution: Execution, until: datetime) -> str:
    """Draw the stages of an execution.

    Parameters
    ----------
    execution
        What is drawn.
    until
        When the rehearsal ended: where what has not ended is cut.
    """
    scale = _scale(execution, until)
    rows = [
        _stage(stage, execution, scale)
        for stage in execution.stages
        if state(stage) is not State.PENDING
    ]
    if missed := [s.name for s in execution.stages if state(s) is State.PENDING]:
        rows.append(
            '<li class="stage pending"><div class="line"><span class="name">'
            f'<span class="sign">·</span> not reached</span><span class="missed">'
            f"{escape(', '.join(missed))}</span></div></li>"
        )
    return f'<div class="gantt">{timed(rows, scale, "stages")}</div>'


def timed(rows: Iterable[str], scale: TimeScale, look: str) -> str:
    """Put rows under an axis of time, whose ticks go through all of them.

    Parameters
    ----------
    rows
        List items, as HTML.
    scale
        From the left edge to the right edge of their tracks.
    look
        The list's class in the style sheet.
    """
    step = 100 * scale.step / scale.span.total_seconds()
    return (
        f'<div style="--tick:{step:.4f}%">{_axis(scale)}'
        f'<ol class="{look}">{"".join(rows)}</ol></div>'
    )


def bar(
    scale: TimeScale, start: datetime, end: datetime, look: str, label: str, title: str = ""
) -> str:
    """Draw one bar. Whoever can't see it is told by the text beside it.

    Parameters
    ----------
    scale
        From the left edge to the right edge.
    start, end
        From when to when.
    look
        Classes of the style sheet.
    label
        Stands in the bar if there is room.
    title
        Appears under the mouse.
    """
    left = scale.percent(start)
    width = scale.percent(end) - left
    return (
        f'<i class="bar {look}" style="left:{left:.3f}%;width:{width:.3f}%" '
        f'title="{escape(title or label)}"><b>{escape(label)}</b></i>'
    )


def _axis(scale: TimeScale) -> str:
    ticks = []
    for seconds in scale.ticks():
        x = scale.percent(scale.start + timedelta(seconds=seconds))
        edge = " first" if seconds == 0 else " last" if x > 94 else ""
        ticks.append(f'<span class="tick{edge}" style="left:{x:.3f}%">{_clock(seconds)}</span>')
    return (
        '<div class="line axis" aria-hidden="true"><span class="name"></span>'
        f'<span class="ticks">{"".join(ticks)}</span><span class="took"></span></div>'
    )


def _scale(execution: Execution, until: datetime) -> TimeScale:
    ends = [a.ended_at or until for s in execution.stages for a in s.actions if a.started_at]
    end = max([execution.ended_at or until, *ends])
    return TimeScale(execution.started_at, max(end - execution.started_at, timedelta(seconds=1)))


def _own_scale(stage: StageRun, scale: TimeScale) -> TimeScale:
    start = stage.started_at or scale.start
    end = stage.ended_at or scale.start + scale.span
    return TimeScale(start, max(end - start, timedelta(seconds=1)))


def _clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"


def _stage(stage: StageRun, execution: Execution, scale: TimeScale) -> str:
    stands = state(stage)
    attempts = (
        f' <span class="muted">{stage.attempts} attempts</span>' if stage.attempts > 1 else ""
    )
    name = (
        f'<span class="name"><span class="sign {stands}">{stands.sign}</span> '
        f"{escape(stage.name)}{attempts}</span>"
    )
    if not stage.actions:
        return (
            f'<li class="stage {stands}"><div class="line">{name}'
            f'<span class="missed">{escape(stage.status.lower())}</span></div></li>'
        )
    began_early = _ended_before(stage, execution)
    lanes = _lanes(stage.actions, scale)
    bars = "".join(
        _action_bar(a, _label(a, stage), scale, lane) for a, lane in lanes if a.started_at
    )
    gaps = "".join(_gaps(stage, began_early, scale))
    lines = max(lane for _, lane in lanes) + 1
    track = (
        f'<span class="track" style="--lanes:{lines}" aria-hidden="true">{gaps}{bars}</span>'
        f'<span class="hidden">{_in_words(stage)}</span>'
    )
    # Opened, a stage has the whole width for its own time.
    own = _own_scale(stage, scale)
    actions = timed(
        (_action(action, _label(action, stage), execution, own) for action in stage.actions),
        own,
        "actions",
    )
    opened = " open" if stands is State.FAILED else ""
    return (
        f'<li class="stage {stands}"><details{opened}><summary class="line">{name}{track}'
        f'<span class="took">{_took(stage.duration)}</span></summary>'
        f"{actions}</details></li>"
    )


def _action(action: Action, label: str, execution: Execution, scale: TimeScale) -> str:
    """Draw one action in a row of its own, with what it took, made and said."""
    stands = state(action)
    drawn = _action_bar(action, label, scale) if action.started_at else ""
    texts = (action.error, summary(action))
    notes = [
        f"{escape(action.kind)}, {escape(verdict(action))}",
        *artifacts.of(action, execution),
        *(f'<q class="{stands}">{escape(text)}</q>' for text in dict.fromkeys(texts) if text),
    ]
    if action.external_id:
        notes.append(f"<code>{escape(action.external_id)}</code>")
    return (
        f'<li class="line action"><span class="name"><span class="sign {stands}">{stands.sign}'
        f"</span> {escape(action.name)}</span>"
        f'<span class="track" style="--lanes:1" aria-hidden="true">{drawn}</span>'
        f'<span class="took">{_took(action.duration)}</span>'
        f'<span class="notes">{" · ".join(notes)}</span></li>'
    )


def _action_bar(action: Action, label: str, scale: TimeScale, lane: int = 0) -> str:
    assert action.started_at is not None  # noqa: S101 - only such actions are drawn
    stands = state(action)
    end = action.ended_at or scale.start + scale.span
    kind = "approval" if is_approval(action) else _KINDS.get(action.kind, "source")
    look = f"{kind} {stands}"
    sign = "" if stands is State.SUCCEEDED else f"{stands.sign} "
    title = f"{action.name}: {verdict(action)}, {elements.duration(end - action.started_at)}"
    drawn = bar(scale, action.started_at, end, look, f"{sign}{label}", title)
    return drawn.replace('style="', f'style="--lane:{lane};', 1) if lane else drawn


def _label(action: Action, stage: StageRun) -> str:
    """Leave out of a name what all names of the stage begin with: bars are short."""
    if action.kind != _STACK:
        return action.name.removeprefix(f"{stage.name}-")
    words = [each.name.split("-")[:-1] for each in stage.actions if each.kind == _STACK]
    common = takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False))
    return "-".join(action.name.split("-")[len(list(common)) :])


def _lanes(actions: Sequence[Action], scale: TimeScale) -> list[tuple[Action, int]]:
    """Put actions that run at the same time under one another, the others after one another."""
    free: list[datetime] = []
    placed = []
    for action in actions:
        start = action.started_at or scale.start
        end = action.ended_at or scale.start + scale.span
        lane = next((n for n, since in enumerate(free) if since <= start), len(free))
        free[lane : lane + 1] = [end]
        placed.append((action, lane))
    return placed


def _gaps(stage: StageRun, before: datetime, scale: TimeScale) -> Iterator[str]:
    """Draw the time in which none of a stage's actions ran, from the end of what came before."""
    ended = before
    for action in sorted((a for a in stage.actions if a.started_at), key=_start):
        start = _start(action)
        if start - ended > _NOTICEABLE_WAIT:
            waited = f"waited {elements.duration(start - ended)}"
            yield bar(scale, ended, start, "gap", "", waited)
        ended = max(ended, action.ended_at or scale.start + scale.span)


def _ended_before(stage: StageRun, execution: Execution) -> datetime:
    """Return when the stages before had ended."""
    ends = [execution.started_at]
    for other in execution.stages:
        if other is stage:
            break
        ends += [action.ended_at for action in other.actions if action.ended_at]
    return max(ends)


def _start(action: Action) -> datetime:
    assert action.started_at is not None  # noqa: S101 - asked of such actions only
    return action.started_at


def _in_words(stage: StageRun) -> str:
    counted: dict[str, int] = {}
    for action in stage.actions:
        counted[verdict(action)] = counted.get(verdict(action), 0) + 1
    return escape(", ".join(f"{count} {word}" for word, count in counted.items()))


def _took(duration: timedelta | None) -> str:
    if duration is None:
        return "—"
    seconds = duration.total_seconds()
    return f"{seconds:.1f} s" if seconds < _SHORT else elements.duration(duration)
