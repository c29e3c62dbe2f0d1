"""What GetPipelineState and ListRuleExecutions tell. The caller holds the pipeline's lock."""

from __future__ import annotations

from typing import Any

from slipway.local_aws.codepipeline.action import ActionDeclaration
from slipway.local_aws.codepipeline.definition.model import Stage
from slipway.local_aws.codepipeline.executions.conditions import ConditionRun, RuleRun
from slipway.local_aws.codepipeline.executions.execution import (
    IN_PROGRESS,
    ActionExecution,
    Execution,
    StageExecution,
)
from slipway.local_aws.codepipeline.executions.pipeline import Gate, Pipeline
from slipway.local_aws.codepipeline.operations.views import without_nothing

Answer = dict[str, Any]


def pipeline_state(pipeline: Pipeline) -> Answer:
    """Return the GetPipelineState structure of the API.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_GetPipelineState.html
    """
    definition = pipeline.definition
    return {
        "pipelineName": pipeline.name,
        "pipelineVersion": definition.version,
        "stageStates": [_stage(stage, pipeline.gate(stage.name)) for stage in definition.stages],
        "created": pipeline.created,
        "updated": pipeline.updated,
    }


def rule_details(execution: Execution) -> list[Answer]:
    """Return the RuleExecutionDetail structure of the API.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_RuleExecutionDetail.html
    """
    return [
        {
            "pipelineExecutionId": execution.id,
            "ruleExecutionId": run.id,
            "pipelineVersion": execution.definition.version,
            "stageName": record.stage.name,
            "ruleName": run.rule.name,
            "startTime": run.at,
            "lastUpdateTime": run.at,
            "status": run.status,
            "input": {
                "ruleTypeId": {
                    "category": "Rule",
                    "owner": "AWS",
                    "provider": "VariableCheck",
                    "version": "1",
                },
                "configuration": {
                    "Variable": run.rule.variable,
                    "Operator": run.rule.operator,
                    "Value": run.rule.value,
                },
                "resolvedConfiguration": {
                    "Variable": run.variable,
                    "Operator": run.rule.operator,
                    "Value": run.rule.value,
                },
            },
            "output": {"executionResult": {"externalExecutionSummary": run.summary}},
        }
        for record in execution.stages.values()
        if record.condition
        for run in record.condition.rules
    ]


def _stage(stage: Stage, gate: Gate) -> Answer:
    latest = gate.latest
    answer: Answer = {
        "stageName": stage.name,
        "inboundTransitionState": _transition(gate),
        "actionStates": [_action(action, latest) for action in stage.actions],
    }
    if gate.waiting:
        inbound = [_inbound(execution) for execution in gate.waiting]
        answer.update(inboundExecution=inbound[0], inboundExecutions=inbound)
    if latest is None:
        return answer
    answer["latestExecution"] = {
        "pipelineExecutionId": latest.execution.id,
        "status": latest.status,
        "type": latest.execution.type,
    }
    if latest.condition:
        answer["beforeEntryConditionState"] = _condition(latest.condition)
    if latest.latest_retry:
        retries = {
            "autoStageRetryAttempt": latest.automatic_retries or None,
            "manualStageRetryAttempt": latest.manual_retries or None,
            "latestRetryTrigger": latest.latest_retry,
        }
        answer["retryStageMetadata"] = without_nothing(retries)
    return answer


def _transition(gate: Gate) -> Answer:
    disabled = gate.disabled
    if disabled is None:
        return {"enabled": True}
    return {
        "enabled": False,
        "lastChangedBy": disabled.by,
        "lastChangedAt": disabled.at,
        "disabledReason": disabled.reason,
    }


def _inbound(execution: Execution) -> Answer:
    return {
        "pipelineExecutionId": execution.id,
        "status": IN_PROGRESS,
        "type": execution.type,
    }


def _action(declared: ActionDeclaration, record: StageExecution | None) -> Answer:
    """Tell of an action: one that the stage's latest execution has not begun did not run."""
    answer: Answer = {"actionName": declared.name}
    action = record.actions.get(declared.name) if record else None
    if action is None or record is None:
        return answer
    answer["latestExecution"] = _latest_execution(action)
    for revision in record.execution.revisions:
        if revision.action == declared.name:
            answer["currentRevision"] = {
                "revisionId": revision.revision_id,
                "revisionChangeId": revision.revision_id,
                "created": action.updated,
            }
            if revision.url:
                answer["revisionUrl"] = revision.url
    return answer


def _latest_execution(action: ActionExecution) -> Answer:
    told = action.told
    return without_nothing(
        {
            "actionExecutionId": action.id,
            "status": action.status,
            "summary": told.get("summary"),
            "lastStatusChange": action.updated,
            "token": told.get("token"),
            "lastUpdatedBy": action.updated_by,
            "externalExecutionId": told.get("external_execution_id"),
            "externalExecutionUrl": told.get("external_execution_url"),
            "errorDetails": action.error,
        }
    )


def _condition(run: ConditionRun) -> Answer:
    return {
        "latestExecution": {"status": run.status, "summary": run.summary},
        "conditionStates": [
            {
                "latestExecution": {
                    "status": run.status,
                    "summary": run.summary,
                    "lastStatusChange": run.at,
                },
                "ruleStates": [_rule(rule) for rule in run.rules],
            }
        ],
    }


def _rule(run: RuleRun) -> Answer:
    return {
        "ruleName": run.rule.name,
        "latestExecution": {
            "ruleExecutionId": run.id,
            "status": run.status,
            "summary": run.summary,
            "lastStatusChange": run.at,
        },
    }
