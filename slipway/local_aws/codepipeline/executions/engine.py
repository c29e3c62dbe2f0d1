"""The engine: it carries executions from stage to stage.

https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest

from slipway.local_aws.codepipeline.action import Action, ActionType
from slipway.local_aws.codepipeline.definition.model import RETRY, Definition, Stage
from slipway.local_aws.codepipeline.definition.model import ROLLBACK as ROLL_BACK
from slipway.local_aws.codepipeline.definition.variables import start_values
from slipway.local_aws.codepipeline.errors import CodePipelineError
from slipway.local_aws.codepipeline.executions import rollback
from slipway.local_aws.codepipeline.executions.artifacts import Objects
from slipway.local_aws.codepipeline.executions.endings import abandon_running, end_early, give_up
from slipway.local_aws.codepipeline.executions.execution import (
    AUTOMATED_RETRY,
    CANCELLED,
    FAILED,
    IN_PROGRESS,
    MANUAL_RETRY,
    SKIPPED,
    STOPPED,
    STOPPING,
    SUCCEEDED,
    ActionExecution,
    Execution,
    StageExecution,
    Trigger,
)
from slipway.local_aws.codepipeline.executions.pipeline import Pipeline
from slipway.local_aws.codepipeline.executions.stage_run import StageRun, Surroundings
from slipway.local_aws.machine import Machine

logger = logging.getLogger("slipway.local_aws.codepipeline")

# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
_MOST_EXECUTIONS = 50

FAILED_ACTIONS = "FAILED_ACTIONS"

Listener = Callable[[Pipeline, Execution, StageExecution | None, ActionExecution | None, str], None]
"""Hears of a change: of an execution, of a stage in it, or of an action in that."""


class Engine:
    """Carries out executions: a thread for each, and one for each action that runs.

    Parameters
    ----------
    kinds
        The actions that can be carried out.
    objects
        The artifacts' buckets, as a pipeline reaches them.
    """

    def __init__(
        self,
        machine: Machine,
        kinds: Mapping[ActionType, Action],
        objects: Callable[[Pipeline], Objects],
    ) -> None:
        self.kinds = kinds
        self.listeners: list[Listener] = []
        self._around = Surroundings(
            machine,
            kinds,
            objects,
            lambda pipeline, record, action, state: self._announce(
                pipeline, record.execution, state, record, action
            ),
        )

    def start(
        self,
        pipeline: Pipeline,
        trigger: Trigger,
        variables: Mapping[str, str] | None = None,
        overrides: Mapping[str, str] | None = None,
    ) -> Execution:
        """Begin an execution in the background.

        Parameters
        ----------
        variables
            Values of the pipeline's variables, over their defaults.
        overrides
            The revision that a source action has to take, by its name.

        Raises
        ------
        CodePipelineError
            There are too many, or a variable has no value.
        """
        with pipeline.changed:
            if len(pipeline.running()) >= _MOST_EXECUTIONS:
                raise CodePipelineError(
                    "ConcurrentPipelineExecutionsLimitExceededException",
                    f"The pipeline has {_MOST_EXECUTIONS} executions in progress already",
                )
            values = start_values(pipeline.definition.variables, variables or {})
            execution = pipeline.add(trigger, values, overrides or {})
            stages = pipeline.definition.stages
            superseded = pipeline.queue(execution, stages[0])
            pipeline.changed.notify_all()
        self._announce_all(pipeline, superseded, "SUPERSEDED")
        self._announce(pipeline, execution, "STARTED")
        self._spawn(pipeline, execution, stages)
        return execution

    def retry(self, pipeline: Pipeline, record: StageExecution, mode: str) -> None:
        """Carry on with an execution in the stage where it failed, which is free."""
        execution = record.execution
        stages = execution.definition.stages
        with pipeline.changed:
            pipeline.enter(execution, record.stage)
            execution.ending = None
            execution.set_status(IN_PROGRESS)
            record.status = IN_PROGRESS
            record.manual_retries += 1
            record.latest_retry = MANUAL_RETRY
        following = stages[stages.index(record.stage) :]
        self._announce(pipeline, execution, "RESUMED")
        remaining = following[:1] if execution.rollback_target else following
        self._spawn(pipeline, execution, remaining, only_failed=mode == FAILED_ACTIONS)

    def roll_back(
        self, pipeline: Pipeline, stage: Stage, target: Execution, trigger: Trigger
    ) -> Execution:
        """Begin the rollback of a stage, which is free."""
        with pipeline.changed:
            execution = rollback.prepare(pipeline, stage, target, trigger)
        self._announce(pipeline, execution, "STARTED")
        self._spawn(pipeline, execution, (stage,))
        return execution

    def stop(self, pipeline: Pipeline, execution: Execution, reason: str, abandon: bool) -> None:
        """End an execution: once its running actions have ended, or without waiting for them."""
        with pipeline.changed:
            execution.stop_reason = reason or execution.stop_reason
            if end_early(pipeline, execution, STOPPED):
                state = "STOPPED"
            else:
                state = "STOPPING"
                execution.set_status(STOPPING, reason)
                for gate in pipeline.held_by(execution):
                    if gate.latest:
                        gate.latest.status = STOPPING
                if abandon:
                    abandon_running(pipeline, execution)
            pipeline.changed.notify_all()
        self._announce(pipeline, execution, state)

    def update(self, pipeline: Pipeline, definition: Definition) -> None:
        """Make a definition the current version; executions of those before end.

        "Active executions are canceled after in-progress actions complete. Pending executions are
        canceled." https://docs.aws.amazon.com/codepipeline/latest/userguide/execution-modes.html

        Undocumented: our reading is that an approval, which nobody completes, doesn't hold them up.
        """
        with pipeline.changed:
            pipeline.versions.append(definition)
            pipeline.updated = time.time()
            running = pipeline.running()
            ended = [it for it in running if end_early(pipeline, it, CANCELLED)]
            for execution in running:
                abandon_running(pipeline, execution, category="Approval")
            pipeline.changed.notify_all()
        self._announce_all(pipeline, ended, "CANCELED")

    def abandon_all(self, pipeline: Pipeline) -> None:
        """Have everything end, because the pipeline or this AWS goes."""
        with pipeline.changed:
            for execution in pipeline.running():
                end_early(pipeline, execution, STOPPED)
                abandon_running(pipeline, execution)
            pipeline.changed.notify_all()

    def _spawn(
        self,
        pipeline: Pipeline,
        execution: Execution,
        stages: Sequence[Stage],
        *,
        only_failed: bool = False,
    ) -> None:
        threading.Thread(
            target=self._run,
            args=(pipeline, execution, stages, only_failed),
            name=f"execution {execution.id}",
            daemon=True,
        ).start()

    def _run(
        self, pipeline: Pipeline, execution: Execution, stages: Sequence[Stage], only_failed: bool
    ) -> None:
        """Go through stages, to whatever end."""
        try:
            for stage, following in zip_longest(stages, stages[1:]):
                record = self._enter(pipeline, execution, stage)
                if record is None:
                    return
                self._announce(pipeline, execution, "STARTED", record)
                status = self._carry_out(pipeline, record, only_failed)
                only_failed = False
                if not self._leave(pipeline, record, status, following):
                    return
        except Exception as error:
            logger.exception("the execution %s", execution.id)
            with pipeline.changed:
                give_up(pipeline, execution, error)

    def _enter(
        self, pipeline: Pipeline, execution: Execution, stage: Stage
    ) -> StageExecution | None:
        """Wait until an execution may enter a stage; None: it has ended meanwhile."""
        with pipeline.changed:
            gate = pipeline.gate(stage.name)
            if gate.holder is not execution:
                pipeline.changed.wait_for(
                    lambda: execution not in gate.waiting or gate.is_open_to(execution)
                )
                if execution not in gate.waiting:
                    return None
            record = pipeline.enter(execution, stage)
            record.status = IN_PROGRESS
            pipeline.changed.notify_all()
            return record

    def _carry_out(self, pipeline: Pipeline, record: StageExecution, only_failed: bool) -> str:
        run = StageRun(self._around, pipeline, record)
        status = run.run(only_failed=only_failed)
        stage = record.stage
        # "One attempt is allowed for automatic stage retry."
        # https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_RetryStageMetadata.html
        if status == FAILED and stage.on_failure == RETRY and not record.automatic_retries:
            with pipeline.changed:
                record.automatic_retries, record.latest_retry = 1, AUTOMATED_RETRY
            status = run.run(only_failed=stage.retry_mode == FAILED_ACTIONS)
        return status

    def _leave(
        self, pipeline: Pipeline, record: StageExecution, status: str, following: Stage | None
    ) -> bool:
        """Free the stage; tell whether the execution goes on."""
        execution, undo, superseded = record.execution, None, []
        with pipeline.changed:
            record.status, record.ended = status, time.time()
            goes_on = status in (SUCCEEDED, SKIPPED) and not execution.ending
            if goes_on and following:
                # In front of the next stage before somebody else is in this one: nobody overtakes.
                superseded = pipeline.queue(execution, following)
            pipeline.leave(execution, record.stage)
            if status == FAILED and record.stage.on_failure == ROLL_BACK and record.actions:
                undo = rollback.after_failure(pipeline, record)
            if not (goes_on and following):
                self._finish(execution, status)
        self._announce(pipeline, execution, _WORDS.get(status, status.upper()), record)
        self._announce_all(pipeline, superseded, "SUPERSEDED")
        if not execution.is_running:
            self._announce(pipeline, execution, _WORDS.get(execution.status, "SUCCEEDED"))
        if undo:
            self._announce(pipeline, undo, "STARTED")
            self._spawn(pipeline, undo, (record.stage,))
        return goes_on and following is not None

    def _finish(self, execution: Execution, status: str) -> None:
        if execution.ending:
            execution.set_status(execution.ending, execution.stop_reason)
        else:
            execution.set_status(FAILED if status == FAILED else SUCCEEDED)

    def _announce(
        self,
        pipeline: Pipeline,
        execution: Execution,
        state: str,
        record: StageExecution | None = None,
        action: ActionExecution | None = None,
    ) -> None:
        for listener in self.listeners:
            try:
                listener(pipeline, execution, record, action, state)
            except Exception:
                logger.exception("a listener of the pipeline %s", pipeline.name)

    def _announce_all(self, pipeline: Pipeline, executions: list[Execution], state: str) -> None:
        for execution in executions:
            self._announce(pipeline, execution, state)


_WORDS = {FAILED: "FAILED", SUCCEEDED: "SUCCEEDED", STOPPED: "STOPPED", CANCELLED: "CANCELED"}
