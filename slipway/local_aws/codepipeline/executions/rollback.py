"""Rollback of a stage: an execution of that stage alone, with what an earlier one had.

https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
"""

from __future__ import annotations

import logging

from slipway.local_aws.codepipeline.definition.model import Stage
from slipway.local_aws.codepipeline.definition.variables import OF_EXECUTION, OF_PIPELINE
from slipway.local_aws.codepipeline.executions.execution import (
    ROLLBACK,
    STANDARD,
    SUCCEEDED,
    Execution,
    StageExecution,
    Trigger,
)
from slipway.local_aws.codepipeline.executions.pipeline import Pipeline

logger = logging.getLogger("slipway.local_aws.codepipeline")


def succeeded_in(pipeline: Pipeline, stage: str) -> list[Execution]:
    """Return the executions that a stage may be rolled back to, the last one last.

    They have succeeded in the stage under the current version of the pipeline, and are no
    rollbacks themselves.
    """
    found = [it for it in pipeline.executions.values() if is_target(pipeline, it, stage)]
    return sorted(found, key=lambda execution: execution.stages[stage].ended)


def is_target(pipeline: Pipeline, execution: Execution, stage: str) -> bool:
    """Tell whether a stage may be rolled back to an execution."""
    record = execution.stages.get(stage)
    return (
        record is not None
        and record.status == SUCCEEDED
        and execution.type == STANDARD
        and execution.definition.version == pipeline.definition.version
    )


def prepare(pipeline: Pipeline, stage: Stage, target: Execution, trigger: Trigger) -> Execution:
    """Make the execution that rolls a stage back, and let it into the stage, which is free.

    Undocumented: our reading is that it enters before whoever waits in front of the stage, and
    whether the transition is enabled or not.
    """
    execution = pipeline.add(trigger, target.values[OF_PIPELINE], {}, ROLLBACK)
    execution.rollback_target = target.id
    of_execution = {OF_EXECUTION: execution.values[OF_EXECUTION]}
    execution.values = {**{name: dict(it) for name, it in target.values.items()}, **of_execution}
    execution.revisions = list(target.revisions)
    # What the stage makes itself is made again, beside what the target has made.
    made_again = {name for action in stage.actions for name in action.outputs}
    execution.artifacts = {
        name: dict(places) for name, places in target.artifacts.items() if name not in made_again
    }
    pipeline.enter(execution, stage)
    return execution


def after_failure(pipeline: Pipeline, record: StageExecution) -> Execution | None:
    """Make the execution that undoes a failure, where the stage has something to return to.

    Where it has nothing, the execution that failed says so.
    """
    failed, stage = record.execution, record.stage
    if failed.type != STANDARD:
        failed.summary = f"The rollback of the stage {stage.name} has failed."
    elif targets := succeeded_in(pipeline, stage.name):
        return prepare(pipeline, stage, targets[-1], Trigger("AutomatedRollback", failed.id))
    else:
        failed.summary = (
            f"The stage {stage.name} is not rolled back: no execution has succeeded in it under "
            f"version {pipeline.definition.version} of the pipeline."
        )
    logger.info("%s: %s", pipeline.name, failed.summary)
    return None
