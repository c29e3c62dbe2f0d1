"""What the API tells of pipelines and executions. The caller holds the pipeline's lock."""

from __future__ import annotations

from typing import Any

from slipway.local_aws.codepipeline.action import ArtifactLocation, SourceRevision
from slipway.local_aws.codepipeline.definition.variables import OF_PIPELINE
from slipway.local_aws.codepipeline.executions.execution import ActionExecution, Execution
from slipway.local_aws.codepipeline.executions.pipeline import Pipeline

Answer = dict[str, Any]


def summary_of_pipeline(pipeline: Pipeline) -> Answer:
    """Return the PipelineSummary structure of the API.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineSummary.html
    """
    definition = pipeline.definition
    return {
        "name": pipeline.name,
        "version": definition.version,
        "pipelineType": "V2",
        "executionMode": definition.mode,
        "created": pipeline.created,
        "updated": pipeline.updated,
    }


def execution_detail(execution: Execution) -> Answer:
    """Return the PipelineExecution structure of the API.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecution.html
    """
    return {
        **_common(execution),
        "pipelineName": execution.definition.name,
        "pipelineVersion": execution.definition.version,
        "artifactRevisions": _artifact_revisions(execution),
        "variables": [
            {"name": name, "resolvedValue": value}
            for name, value in execution.values[OF_PIPELINE].items()
        ],
    }


def execution_summary(execution: Execution) -> Answer:
    """Return the PipelineExecutionSummary structure of the API.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecutionSummary.html
    """
    answer = {
        **_common(execution),
        "startTime": execution.started,
        "lastUpdateTime": execution.updated,
        "sourceRevisions": [_source_revision(it) for it in execution.revisions],
    }
    if execution.stop_reason:
        answer["stopTrigger"] = {"reason": execution.stop_reason}
    return answer


def action_detail(action: ActionExecution) -> Answer:
    """Return the ActionExecutionDetail structure of the API.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionExecutionDetail.html
    """
    declared, told = action.declaration, action.told
    result = without_nothing(
        {
            "externalExecutionId": told.get("external_execution_id"),
            "externalExecutionSummary": told.get("summary"),
            "externalExecutionUrl": told.get("external_execution_url"),
            "errorDetails": action.error,
        }
    )
    return without_nothing(
        {
            "pipelineExecutionId": action.execution_id,
            "actionExecutionId": action.id,
            "pipelineVersion": action.version,
            "stageName": action.stage,
            "actionName": declared.name,
            "startTime": action.started,
            "lastUpdateTime": action.updated,
            "updatedBy": action.updated_by,
            "status": action.status,
            "input": without_nothing(
                {
                    "actionTypeId": {
                        "category": declared.type.category,
                        "owner": declared.type.owner,
                        "provider": declared.type.provider,
                        "version": declared.type.version,
                    },
                    "configuration": dict(declared.configuration),
                    "resolvedConfiguration": dict(action.resolved),
                    "roleArn": declared.role_arn,
                    "region": action.region,
                    "inputArtifacts": [_artifact(it) for it in action.inputs],
                    "namespace": declared.namespace,
                }
            ),
            "output": {
                "outputArtifacts": [_artifact(it) for it in action.outputs],
                "executionResult": result,
                "outputVariables": dict(action.variables),
            },
        }
    )


def without_nothing(answer: Answer) -> Answer:
    """Leave out what isn't known."""
    return {key: value for key, value in answer.items() if value not in (None, "")}


def _common(execution: Execution) -> Answer:
    answer = {
        "pipelineExecutionId": execution.id,
        "status": execution.status,
        "statusSummary": execution.summary,
        "trigger": {
            "triggerType": execution.trigger.type,
            "triggerDetail": execution.trigger.detail,
        },
        "executionMode": execution.definition.mode,
        "executionType": execution.type,
    }
    if execution.rollback_target:
        answer["rollbackMetadata"] = {
            "rollbackTargetPipelineExecutionId": execution.rollback_target
        }
    return without_nothing(answer)


def _artifact_revisions(execution: Execution) -> list[Answer]:
    sources = {action.name: action for action in execution.definition.stages[0].actions}
    return [
        without_nothing(
            {
                "name": output,
                "revisionId": revision.revision_id,
                "revisionSummary": revision.summary,
                "revisionUrl": revision.url,
            }
        )
        for revision in execution.revisions
        if revision.action in sources
        for output in sources[revision.action].outputs
    ]


def _source_revision(revision: SourceRevision) -> Answer:
    return without_nothing(
        {
            "actionName": revision.action,
            "revisionId": revision.revision_id,
            "revisionSummary": revision.summary,
            "revisionUrl": revision.url,
        }
    )


def _artifact(location: ArtifactLocation) -> Answer:
    return {
        "name": location.name,
        "s3location": {"bucket": location.bucket, "key": location.key},
    }
