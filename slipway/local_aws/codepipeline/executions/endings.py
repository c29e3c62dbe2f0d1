"""Executions that end before their time. The caller holds the pipeline's lock."""

from __future__ import annotations

from slipway.local_aws.codepipeline.executions.execution import ABANDONED, FAILED, Execution
from slipway.local_aws.codepipeline.executions.pipeline import Pipeline


def end_early(pipeline: Pipeline, execution: Execution, ending: str) -> bool:
    """Let an execution end; tell whether it has, because it only waited."""
    execution.ending = ending
    if any(pipeline.held_by(execution)):
        return False
    for gate in pipeline.gates.values():
        if execution in gate.waiting:
            gate.waiting.remove(execution)
    execution.set_status(ending, execution.stop_reason)
    return True


def abandon_running(pipeline: Pipeline, execution: Execution, category: str = "") -> None:
    """Wait no more for an execution's actions: all of them, or those of a category."""
    for gate in pipeline.held_by(execution):
        for action in gate.latest.running() if gate.latest else ():
            if category in ("", action.declaration.type.category):
                action.abandoned.set()
                action.end(ABANDONED)


def give_up(pipeline: Pipeline, execution: Execution, error: Exception) -> None:
    """Let nobody wait for an execution that this machine can't carry on."""
    for gate in pipeline.held_by(execution):
        gate.holder = None
        if gate.latest:
            gate.latest.status = FAILED
    execution.set_status(FAILED, f"It failed by an error of this machine: {error!r}")
    pipeline.changed.notify_all()
