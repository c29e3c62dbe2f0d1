"""Carries out one stage: its entry condition, then its actions, run order by run order."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from slipway.local_aws.codepipeline.action import (
    Action,
    ActionAbandoned,
    ActionDeclaration,
    ActionFailed,
    ActionResult,
    ActionRun,
    ActionType,
)
from slipway.local_aws.codepipeline.definition.model import SKIP
from slipway.local_aws.codepipeline.definition.variables import resolved
from slipway.local_aws.codepipeline.executions.artifacts import ActionArtifacts, Objects
from slipway.local_aws.codepipeline.executions.conditions import evaluate
from slipway.local_aws.codepipeline.executions.execution import (
    ABANDONED,
    FAILED,
    IN_PROGRESS,
    SKIPPED,
    SUCCEEDED,
    ActionExecution,
    StageExecution,
)
from slipway.local_aws.codepipeline.executions.pipeline import Pipeline
from slipway.local_aws.machine import Machine

logger = logging.getLogger("slipway.local_aws.codepipeline")

# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
_MOST_VARIABLE_BYTES = 122_880

Announce = Callable[[Pipeline, StageExecution, ActionExecution | None, str], None]
"""Tells of a change: of a stage, or of an action in it."""


@dataclass(frozen=True)
class Surroundings:
    """What a stage is carried out with."""

    machine: Machine
    kinds: Mapping[ActionType, Action]
    objects: Callable[[Pipeline], Objects]
    announce: Announce


class StageRun:
    """One passage of an execution through a stage, which it holds."""

    def __init__(self, around: Surroundings, pipeline: Pipeline, record: StageExecution) -> None:
        self._around = around
        self._pipeline = pipeline
        self._record = record
        self._execution = record.execution

    def run(self, *, only_failed: bool = False) -> str:
        """Carry the stage out; return ``Succeeded``, ``Skipped``, ``Failed``, or how it was ended.

        Parameters
        ----------
        only_failed
            Leave out the actions that have succeeded before.
        """
        if status := self._status_by_condition():
            return status
        for group in self._record.stage.run_orders():
            if ended := self._run_together(group, only_failed):
                return ended
        return SUCCEEDED

    def _status_by_condition(self) -> str | None:
        condition = self._record.stage.before_entry
        if condition is None:
            return None
        run = evaluate(condition, self._execution.values)
        with self._pipeline.changed:
            self._record.condition = run
        if run.status == SUCCEEDED:
            return None
        return SKIPPED if run.status == FAILED and condition.result == SKIP else FAILED

    def _run_together(self, group: tuple[ActionDeclaration, ...], only_failed: bool) -> str | None:
        """Run the actions of one run order; return how the stage ends if it does."""
        with self._pipeline.changed:
            if self._execution.ending:
                return self._execution.ending
            begun = [
                self._begin(action) for action in group if not (only_failed and self._done(action))
            ]
        for action in begun:
            self._around.announce(self._pipeline, self._record, action, "STARTED")
            name = f"action {action.declaration.name} {action.id}"
            threading.Thread(target=self._carry_out, args=(action,), name=name, daemon=True).start()
        with self._pipeline.changed:
            self._pipeline.changed.wait_for(
                lambda: all(action.status != IN_PROGRESS for action in begun)
            )
            if self._execution.ending:
                return self._execution.ending
            return None if all(action.status == SUCCEEDED for action in begun) else FAILED

    def _done(self, action: ActionDeclaration) -> bool:
        before = self._record.actions.get(action.name)
        return before is not None and before.status == SUCCEEDED

    def _begin(self, declaration: ActionDeclaration) -> ActionExecution:
        action = ActionExecution(
            declaration,
            self._record.stage.name,
            self._execution.id,
            self._execution.definition.version,
            declaration.region or self._pipeline.region,
        )
        self._record.actions[declaration.name] = action
        self._pipeline.action_executions.append(action)
        return action

    def _carry_out(self, action: ActionExecution) -> None:
        """Run one action, in a thread of its own."""
        try:
            artifacts, result = self._run(action)
        except ActionFailed as failure:
            self._end(action, FAILED, {"code": failure.code, "message": str(failure)})
        except ActionAbandoned:
            self._end(action, ABANDONED)
        except Exception as error:
            logger.exception("the action %s", action.declaration.name)
            message = f"The action failed by an error of this machine: {error!r}"
            self._end(action, FAILED, {"code": "JobFailed", "message": message})
        else:
            self._succeed(action, artifacts, result)

    def _run(self, action: ActionExecution) -> tuple[ActionArtifacts, ActionResult]:
        declaration, execution, pipeline = action.declaration, self._execution, self._pipeline
        configuration = resolved(declaration, execution.values)
        objects = self._around.objects(pipeline)
        artifacts = ActionArtifacts(execution, declaration, action.region, objects)
        inputs = artifacts.fetch_inputs()
        with pipeline.changed:
            action.resolved, action.inputs = configuration, inputs
            if declaration.name in execution.overrides:
                action.details["revision"] = execution.overrides[declaration.name]
        run = ActionRun(
            machine=self._around.machine,
            account=pipeline.account,
            region=action.region,
            pipeline=pipeline.name,
            execution_id=execution.id,
            action_execution_id=action.id,
            stage=action.stage,
            declaration=replace(declaration, configuration=configuration),
            artifacts=artifacts,
            pipeline_role_arn=execution.definition.role_arn,
            revisions=tuple(execution.revisions),
            abandoned=action.abandoned,
            tell=lambda **said: self._hear(action, said),
            details=action.details,
        )
        result = self._around.kinds[declaration.type].run(run)
        _require_room(result)
        return artifacts, result

    def _hear(self, action: ActionExecution, said: dict[str, str]) -> None:
        with self._pipeline.changed:
            action.told.update(said)
            action.updated = time.time()
            self._pipeline.changed.notify_all()
        if "token" in said:
            self._around.announce(self._pipeline, self._record, action, "NEEDED")

    def _succeed(
        self, action: ActionExecution, artifacts: ActionArtifacts, result: ActionResult
    ) -> None:
        with self._pipeline.changed:
            # Of what was abandoned nothing is kept.
            if action.status == IN_PROGRESS:
                action.variables, action.outputs = dict(result.variables), artifacts.outputs
                for output in artifacts.outputs:
                    self._execution.artifacts[output.name] = {action.region: output}
                for revision in result.revisions:
                    self._execution.remember_revision(revision)
                if action.declaration.namespace:
                    self._execution.values[action.declaration.namespace] = dict(result.variables)
        self._end(action, SUCCEEDED)

    def _end(
        self, action: ActionExecution, status: str, error: dict[str, str] | None = None
    ) -> None:
        with self._pipeline.changed:
            if action.status != IN_PROGRESS:
                return
            action.error = error
            action.end(status)
        self._around.announce(self._pipeline, self._record, action, status.upper())
        with self._pipeline.changed:
            self._pipeline.changed.notify_all()


def _require_room(result: ActionResult) -> None:
    size = sum(len(key.encode()) + len(value.encode()) for key, value in result.variables.items())
    if size > _MOST_VARIABLE_BYTES:
        raise ActionFailed(
            f"The output variables have {size} bytes together: at most {_MOST_VARIABLE_BYTES} are "
            "allowed"
        )
