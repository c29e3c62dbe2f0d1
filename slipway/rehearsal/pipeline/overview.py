"""The whole run at one glance: an execution in a line each, then all of it on one axis of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from itertools import groupby
from textwrap import shorten

from slipway.page import elements
from slipway.page.time_scale import TimeScale
from slipway.rehearsal.pipeline.outcome import State, Wave, reason, state, waves
from slipway.rehearsal.pipeline.picture import bar, timed
from slipway.rehearsal.pipeline.report import Execution, PipelineReport, StageRun
from slipway.rehearsal.traffic import INTERVAL, Traffic

_LONGEST_REASON = 320
_COMMIT = 8
_MOST_COLUMNS = 300


def lines(report: PipelineReport) -> str:
    """Return the executions in a line each: what was pushed, how far it came, where it ended, why.

    Every stage is a square with a sign; the squares of a wave stand together.
    """
    if not report.executions:
        return '<p class="muted">The pipeline was never started.</p>'
    items = [
        _line(number, execution, report) for number, execution in enumerate(report.executions, 1)
    ]
    return f'<ol class="overview">{"".join(items)}</ol>'


def run(report: PipelineReport) -> str:
    """Return the run on one axis: executions by their waves, then who answered in environments."""
    if not report.executions:
        return ""
    scale = TimeScale(report.started_at, max(report.duration, timedelta(seconds=1)))
    rows = [
        _row(
            f"{number} {escape(execution.title)}",
            "".join(_wave_bars(execution, report, scale)),
            f"{execution.status}: {reason(execution)}",
        )
        for number, execution in enumerate(report.executions, 1)
    ]
    rows += [
        _row(
            f"{escape(environment)} answers",
            "".join(_answers(traffic, scale)),
            f"{traffic.requests:,} requests, {traffic.failed:,} failed",
        )
        for environment, traffic in report.traffic.items()
        if traffic.intervals
    ]
    return f'<div class="gantt run">{timed(rows, scale, "stages")}</div>'


def commit(execution: Execution) -> str:
    """Return the commit as people know it."""
    return f"<code>{escape(execution.commit[:_COMMIT])}</code>" if execution.commit else "no commit"


def took(execution: Execution) -> str:
    """Say how long an execution took."""
    if execution.duration is None:
        return "not ended"
    return elements.duration(execution.duration)


def _line(number: int, execution: Execution, report: PipelineReport) -> str:
    stands = state(execution)
    why = shorten(reason(execution), _LONGEST_REASON, placeholder=" …")
    strip = "".join(_group(wave) for wave in waves(execution.stages, report.environments))
    return (
        f'<li><span class="what"><b>{number}</b> <a href="#execution-{number}">'
        f"{escape(execution.title)}</a>"
        f'<span class="commit">{commit(execution)}</span></span>'
        f'<span class="strip">{strip}</span>'
        f'<span class="why"><b class="{stands}">{stands.sign} {escape(execution.status)}</b> '
        f"{escape(why)}</span>"
        f'<span class="took">{took(execution)}</span></li>'
    )


def _group(wave: Wave) -> str:
    squares = "".join(_square(stage) for stage in wave.stages)
    return (
        f'<span class="wave"><span class="squares">{squares}</span>'
        f'<span class="wave-name" aria-hidden="true">{escape(wave.name)}</span></span>'
    )


def _square(stage: StageRun) -> str:
    stands = state(stage)
    words = f"{stage.name}: {'not reached' if stands is State.PENDING else stage.status.lower()}"
    return (
        f'<span class="square {stands}" role="img" aria-label="{escape(words)}" '
        f'title="{escape(words)}">{stands.sign}</span>'
    )


def _row(name: str, bars: str, words: str) -> str:
    return (
        f'<li class="line"><span class="name">{name}</span>'
        f'<span class="track" style="--lanes:1" aria-hidden="true">{bars}</span>'
        f'<span class="hidden">{escape(words)}</span></li>'
    )


def _wave_bars(execution: Execution, report: PipelineReport, scale: TimeScale) -> Iterator[str]:
    end_of_run = scale.start + scale.span
    for wave in waves(execution.stages, report.environments):
        actions = [a for stage in wave.stages for a in stage.actions if a.started_at]
        starts = [action.started_at for action in actions if action.started_at]
        if not starts:
            continue
        end = max(action.ended_at or end_of_run for action in actions)
        stands = _worst(wave)
        sign = "" if stands is State.SUCCEEDED else f"{stands.sign} "
        title = f"{wave.name}: {stands}, {elements.duration(end - min(starts))}"
        yield bar(scale, min(starts), end, f"wave-bar {stands}", f"{sign}{wave.name}", title)


def _worst(wave: Wave) -> State:
    order = (State.FAILED, State.WAITING, State.RUNNING, State.STOPPED)
    present = {state(stage) for stage in wave.stages}
    return next((each for each in order if each in present), State.SUCCEEDED)


def _answers(traffic: Traffic, scale: TimeScale) -> Iterator[str]:
    """Draw which version gave most answers, and where requests failed."""
    numbers = {version: number for number, version in enumerate(traffic.versions, 1)}
    columns = list(_columns(traffic))
    for version, group in groupby(columns, key=lambda column: column.version):
        together = list(group)
        if version is not None:
            look = f"answers version-{numbers[version]}"
            yield bar(scale, together[0].start, together[-1].end, look, f"version {version}")
    for column in columns:
        if column.failed:
            title = f"{column.failed} requests failed"
            yield bar(scale, column.start, column.end, "failed-requests", "✕", title)


@dataclass(frozen=True)
class _Column:
    start: datetime
    end: datetime
    version: str | None
    """Whose answers were most."""
    failed: int


def _columns(traffic: Traffic) -> Iterator[_Column]:
    """Sum traffic up to what can be told apart in a picture."""
    width = -(-len(traffic.intervals) // _MOST_COLUMNS)
    for index in range(0, len(traffic.intervals), width):
        intervals = traffic.intervals[index : index + width]
        answers: Counter[str] = Counter()
        for interval in intervals:
            answers.update(interval.answers)
        start = traffic.started_at + index * INTERVAL
        yield _Column(
            start=start,
            end=start + len(intervals) * INTERVAL,
            version=answers.most_common(1)[0][0] if answers else None,
            failed=sum(interval.failed for interval in intervals),
        )
