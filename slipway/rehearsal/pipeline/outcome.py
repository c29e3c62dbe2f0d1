"""Where an execution of the pipeline ended, and why, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from slipway.rehearsal.pipeline.report import Action, Execution, StageRun

_APPROVAL = "Manual"


class State(StrEnum):
    """How an execution, a stage or an action stands: what a picture tells apart."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    RUNNING = "running"
    WAITING = "waiting"
    """For somebody's approval."""
    SKIPPED = "skipped"
    STOPPED = "stopped"
    """By somebody, by a newer execution, or by a pipeline that changed itself."""
    PENDING = "pending"
    """Not reached."""

    @property
    def sign(self) -> str:
        """Return what stands beside its colour, for those who don't see it."""
        return _SIGNS[self]


_SIGNS = {
    State.SUCCEEDED: "✓",
    State.FAILED: "✕",
    State.RUNNING: "►",
    State.WAITING: "○",
    State.SKIPPED: "»",
    State.STOPPED: "■",
    State.PENDING: "·",
}

# CodePipeline's words for executions, stages and actions:
# https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecution.html
# https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StageExecution.html
# https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionExecution.html
_STATES = {
    "Succeeded": State.SUCCEEDED,
    "Failed": State.FAILED,
    "InProgress": State.RUNNING,
    "Skipped": State.SKIPPED,
    "Pending": State.PENDING,
}
_STOPPED = {
    "Cancelled": "the pipeline changed meanwhile",
    "Superseded": "a newer one overtook it",
    "Stopped": "somebody stopped it",
    "Stopping": "somebody stopped it",
}


def is_approval(action: Action) -> bool:
    """Tell whether somebody has to answer."""
    return action.kind == _APPROVAL


def state(of: Execution | StageRun | Action) -> State:
    """Tell how something stands."""
    known = _STATES.get(of.status, State.STOPPED)
    if known is not State.RUNNING:
        return known
    return State.WAITING if any(map(_is_asked, _actions(of))) else State.RUNNING


@dataclass(frozen=True)
class Wave:
    """Stages that belong together: those of some environments, or those before all of them."""

    name: str
    stages: tuple[StageRun, ...]


def waves(stages: Sequence[StageRun], environments: Sequence[str]) -> tuple[Wave, ...]:
    """Group stages: ``Dev`` with ``Dev-storefront``; what comes before them is ``build``."""
    groups: dict[str, list[StageRun]] = {}
    name = "build"
    for stage in stages:
        if _opens_wave(stage.name, environments):
            name = stage.name
        groups.setdefault(name, []).append(stage)
    return tuple(Wave(name, tuple(stages)) for name, stages in groups.items())


def ended_in(execution: Execution) -> StageRun | None:
    """Return the last stage that it reached; None where it reached none."""
    reached = [stage for stage in execution.stages if state(stage) is not State.PENDING]
    return reached[-1] if reached else None


def reason(execution: Execution) -> str:
    """Say in a sentence where an execution ended, and why."""
    stage = ended_in(execution)
    if stage is None:
        return f"{execution.status} before its first stage"
    match state(execution):
        case State.SUCCEEDED:
            return "; ".join(_way_through(execution))
        case State.FAILED:
            return f"in {stage.name}: {_why(stage)}"
        case State.WAITING | State.RUNNING:
            return f"in {stage.name} when the rehearsal ended: {_current(stage)}"
        case _:
            why = _STOPPED.get(execution.status, execution.status)
            return f"after {stage.name}: {why}"


def verdict(action: Action) -> str:
    """Say how an action ended, as people say it."""
    if not is_approval(action):
        return {"InProgress": "in progress"}.get(action.status, action.status.lower())
    return {
        "InProgress": "waiting for approval",
        "Succeeded": "approved",
        "Failed": "not approved",
    }.get(action.status, action.status.lower())


def _actions(of: Execution | StageRun | Action) -> Iterator[Action]:
    match of:
        case Execution():
            for stage in of.stages:
                yield from stage.actions
        case StageRun():
            yield from of.actions
        case Action():
            yield of


def _is_asked(action: Action) -> bool:
    return is_approval(action) and action.status == "InProgress"


def _opens_wave(stage: str, environments: Sequence[str]) -> bool:
    """Tell whether a stage is one of environments: ``Dev``, or ``ProdEu-ProdUs`` of two."""
    names = {environment.replace("-", "").lower() for environment in environments}
    return all(part.lower() in names for part in stage.split("-"))


def _way_through(execution: Execution) -> Iterator[str]:
    skipped = sum(state(stage) is State.SKIPPED for stage in execution.stages)
    passed = len(execution.stages) - skipped
    yield f"{passed} stages" + (f", {skipped} more skipped" if skipped else "")
    for stage in execution.stages:
        if stage.attempts > 1:
            failed = _failed(stage)
            first = f", at first {_told(failed)}" if failed else ""
            yield f"{stage.name} at attempt {stage.attempts}{first}"


def _why(stage: StageRun) -> str:
    failed = _failed(stage)
    return _told(failed) if failed else stage.status.lower()


def _failed(stage: StageRun) -> Action | None:
    failed = [action for action in stage.actions if state(action) is State.FAILED]
    return failed[-1] if failed else None


def _told(action: Action) -> str:
    said = action.error or action.summary
    # Of an approval, what whoever refused it said, rather than that it was refused.
    if is_approval(action):
        said = action.summary or action.error
    # A sentence stays one, although what was said has lines.
    return f"{action.name} {verdict(action)}" + (f" ({' '.join(said.split())})" if said else "")


def _current(stage: StageRun) -> str:
    running = [action for action in stage.actions if action.ended_at is None]
    return ", ".join(f"{action.name} {verdict(action)}" for action in running) or "between actions"
