"""Operations on executions: start, stop, retry, roll back, approve, read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from slipway.local_aws.codepipeline.errors import CodePipelineError, invalid
from slipway.local_aws.codepipeline.executions import rollback
from slipway.local_aws.codepipeline.executions.approvals import APPROVED, REJECTED, asked_by
from slipway.local_aws.codepipeline.executions.engine import Engine
from slipway.local_aws.codepipeline.executions.execution import (
    ABANDONED,
    FAILED,
    IN_PROGRESS,
    STOPPED,
    STOPPING,
    StageExecution,
    Trigger,
)
from slipway.local_aws.codepipeline.executions.pipeline import DisabledTransition, Pipeline
from slipway.local_aws.codepipeline.operations import state, views
from slipway.local_aws.codepipeline.operations.pages import page
from slipway.local_aws.codepipeline.operations.store import Store, action_of, execution_of, stage_of

Request = dict[str, Any]
Answer = dict[str, Any]

_LONGEST_SUMMARY = 512
_LONGEST_REASON = 200
# https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_DisableStageTransition.html
_REASON = re.compile(r"[a-zA-Z0-9!@ ().*?\-]{1,300}")


class Executions:
    """The part of the API that is about executions."""

    def __init__(self, store: Store, engine: Engine) -> None:
        self._store = store
        self._engine = engine

    def start_pipeline_execution(self, request: Request) -> Answer:
        """Begin an execution."""
        pipeline = self._store.pipeline(request["name"])
        token = request.get("clientRequestToken") or ""
        if token in pipeline.starts:
            return {"pipelineExecutionId": pipeline.starts[token]}
        variables = {it["name"]: it["value"] for it in request.get("variables") or []}
        overrides = {}
        sources = {action.name for action in pipeline.definition.stages[0].actions}
        for override in request.get("sourceRevisions") or []:
            if override["revisionType"] != "COMMIT_ID":
                raise invalid(f"The type {override['revisionType']} is not carried out here")
            if override["actionName"] not in sources:
                raise invalid(f"The pipeline has no source action {override['actionName']}")
            overrides[override["actionName"]] = override["revisionValue"]
        execution = self._engine.start(
            pipeline, Trigger("StartPipelineExecution", self._caller), variables, overrides
        )
        if token:
            pipeline.starts[token] = execution.id
        return {"pipelineExecutionId": execution.id}

    def stop_pipeline_execution(self, request: Request) -> Answer:
        """End an execution."""
        pipeline = self._store.pipeline(request["pipelineName"])
        reason, abandon = request.get("reason") or "", bool(request.get("abandon"))
        if len(reason) > _LONGEST_REASON:
            raise invalid(f"A reason has at most {_LONGEST_REASON} characters")
        with pipeline.changed:
            execution = pipeline.executions.get(request["pipelineExecutionId"])
            if execution is None or not execution.is_running:
                raise CodePipelineError(
                    "PipelineExecutionNotStoppableException",
                    "The execution is not in progress, or does not belong to the pipeline",
                )
            if execution.status == STOPPING and not abandon:
                raise CodePipelineError(
                    "DuplicatedStopRequestException", "The execution is stopping already"
                )
            self._engine.stop(pipeline, execution, reason, abandon)
        return {"pipelineExecutionId": execution.id}

    def retry_stage_execution(self, request: Request) -> Answer:
        """Begin a failed stage again."""
        pipeline = self._store.pipeline(request["pipelineName"])
        with pipeline.changed:
            stage = stage_of(pipeline, request["stageName"])
            latest = pipeline.gate(stage.name).latest
            if latest is None:
                raise _not_retryable(f"The stage {stage.name} has not run")
            if latest.execution.id != request["pipelineExecutionId"]:
                raise CodePipelineError(
                    "NotLatestPipelineExecutionException",
                    f"The latest execution in the stage {stage.name} is {latest.execution.id}",
                )
            _require_retryable(pipeline, latest)
            self._engine.retry(pipeline, latest, request["retryMode"])
        return {"pipelineExecutionId": latest.execution.id}

    def rollback_stage(self, request: Request) -> Answer:
        """Return a stage to what an earlier execution had."""
        pipeline = self._store.pipeline(request["pipelineName"])
        with pipeline.changed:
            stage = stage_of(pipeline, request["stageName"])
            target = execution_of(pipeline, request["targetPipelineExecutionId"])
            if target.definition.version != pipeline.definition.version:
                raise CodePipelineError(
                    "PipelineExecutionOutdatedException",
                    f"The execution {target.id} ran under version {target.definition.version} of "
                    f"the pipeline, which has version {pipeline.definition.version} now",
                )
            if stage is pipeline.definition.stages[0]:
                raise _not_rolled_back("A source stage can't be rolled back")
            if pipeline.gate(stage.name).holder:
                raise _not_rolled_back(f"The stage {stage.name} is running")
            if not rollback.is_target(pipeline, target, stage.name):
                raise _not_rolled_back(
                    f"The execution {target.id} has not succeeded in the stage {stage.name}, or is "
                    "a rollback itself"
                )
            trigger = Trigger("ManualRollback", self._caller)
            execution = self._engine.roll_back(pipeline, stage, target, trigger)
        return {"pipelineExecutionId": execution.id}

    def put_approval_result(self, request: Request) -> Answer:
        """Approve or reject."""
        pipeline = self._store.pipeline(request["pipelineName"])
        status, summary = request["result"]["status"], request["result"]["summary"]
        if status not in (APPROVED, REJECTED):
            raise invalid(f"The status of a result is {APPROVED} or {REJECTED}, not {status}")
        if len(summary) > _LONGEST_SUMMARY:
            raise invalid(f"The summary of a result has at most {_LONGEST_SUMMARY} characters")
        with pipeline.changed:
            stage = stage_of(pipeline, request["stageName"])
            action_of(stage, request["actionName"])
            latest = pipeline.gate(stage.name).latest
            action = latest.actions.get(request["actionName"]) if latest else None
            approval = asked_by(action.details) if action else None
            if action is None or approval is None:
                raise CodePipelineError(
                    "InvalidApprovalTokenException", "The action has asked for no approval"
                )
            answer = approval.put(request["token"], status, summary)
            action.updated_by = self._caller
            if summary:
                action.told["summary"] = summary
        return {"approvedAt": answer.answered}

    def disable_stage_transition(self, request: Request) -> None:
        """Let nobody into a stage."""
        pipeline = self._inbound(request)
        if not _REASON.fullmatch(request["reason"]):
            raise invalid(f"The reason {request['reason']!r} doesn't match {_REASON.pattern}")
        with pipeline.changed:
            gate = pipeline.gate(request["stageName"])
            gate.disabled = DisabledTransition(request["reason"], self._caller)

    def enable_stage_transition(self, request: Request) -> None:
        """Let executions into a stage again."""
        pipeline = self._inbound(request)
        with pipeline.changed:
            pipeline.gate(request["stageName"]).disabled = None
            pipeline.changed.notify_all()

    def get_pipeline_state(self, request: Request) -> Answer:
        """Answer what every stage does."""
        pipeline = self._store.pipeline(request["name"])
        with pipeline.changed:
            return state.pipeline_state(pipeline)

    def get_pipeline_execution(self, request: Request) -> Answer:
        """Answer one execution."""
        pipeline = self._store.pipeline(request["pipelineName"])
        with pipeline.changed:
            execution = execution_of(pipeline, request["pipelineExecutionId"])
            return {"pipelineExecution": views.execution_detail(execution)}

    def list_pipeline_executions(self, request: Request) -> Answer:
        """Answer the executions, the latest first."""
        pipeline = self._store.pipeline(request["pipelineName"])
        wanted = (request.get("filter") or {}).get("succeededInStage") or {}
        with pipeline.changed:
            found = list(pipeline.executions.values())
            if name := wanted.get("stageName"):
                found = rollback.succeeded_in(pipeline, name)
            summaries = [views.execution_summary(it) for it in reversed(found)]
            return page(summaries, request, "pipelineExecutionSummaries")

    def list_action_executions(self, request: Request) -> Answer:
        """Answer the runs of actions, the latest first."""
        pipeline = self._store.pipeline(request["pipelineName"])
        with pipeline.changed:
            wanted = _wanted_executions(pipeline, request)
            details = [
                views.action_detail(action)
                for action in reversed(pipeline.action_executions)
                if wanted is None or action.execution_id in wanted
            ]
            return page(details, request, "actionExecutionDetails")

    def list_rule_executions(self, request: Request) -> Answer:
        """Answer the evaluations of conditions' rules, the latest first."""
        pipeline = self._store.pipeline(request["pipelineName"])
        with pipeline.changed:
            wanted = _wanted_executions(pipeline, request)
            details = [
                rule
                for execution in pipeline.executions.values()
                if wanted is None or execution.id in wanted
                for rule in state.rule_details(execution)
            ]
            return page(details[::-1], request, "ruleExecutionDetails")

    def _inbound(self, request: Request) -> Pipeline:
        pipeline = self._store.pipeline(request["pipelineName"])
        stage_of(pipeline, request["stageName"])
        if request["transitionType"] != "Inbound":
            raise invalid("Only transitions into a stage, Inbound, are carried out here")
        return pipeline

    @property
    def _caller(self) -> str:
        return f"arn:aws:iam::{self._store.account}:root"


def _require_retryable(pipeline: Pipeline, latest: StageExecution) -> None:
    """Refuse what can't be retried.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-retry.html
    """
    name = latest.stage.name
    if latest.execution.definition.version != pipeline.definition.version:
        raise _not_retryable(f"The pipeline has changed since the execution in the stage {name}")
    if pipeline.gate(name).holder or latest.execution.status in (IN_PROGRESS, STOPPING):
        raise _not_retryable(f"The execution in the stage {name} is in progress")
    abandoned = any(action.status == ABANDONED for action in latest.actions.values())
    if latest.status != FAILED and not (latest.status == STOPPED and abandoned):
        raise _not_retryable(f"The stage {name} is {latest.status}: it has no failed actions")


def _wanted_executions(pipeline: Pipeline, request: Request) -> Iterable[str] | None:
    wanted = request.get("filter") or {}
    latest = wanted.get("latestInPipelineExecution") or {}
    named = wanted.get("pipelineExecutionId") or latest.get("pipelineExecutionId")
    return {execution_of(pipeline, named).id} if named else None


def _not_retryable(message: str) -> CodePipelineError:
    return CodePipelineError("StageNotRetryableException", message)


def _not_rolled_back(message: str) -> CodePipelineError:
    return CodePipelineError("UnableToRollbackStageException", message)
