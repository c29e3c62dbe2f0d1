"""The rehearsal of the pipeline as ``report.json`` tells it.

The schema is kept stable and described in ``docs/concepts/pipeline-rehearsal.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from slipway.rehearsal import json_values
from slipway.rehearsal.pipeline.outcome import ended_in, reason
from slipway.rehearsal.pipeline.report import (
    Action,
    Artifact,
    Execution,
    PipelineReport,
    StageRun,
)
from slipway.rehearsal.report import traffic_as_json


def as_json(report: PipelineReport) -> dict[str, Any]:
    """Return the content of ``report.json``."""
    return {
        "status": report.status,
        "error": report.error,
        "pipeline": report.pipeline,
        "service": report.service,
        "environments": list(report.environments),
        "started_at": json_values.moment(report.started_at),
        "duration_s": json_values.seconds(report.duration),
        "executions": [_execution(execution) for execution in report.executions],
        "deployments": [
            {
                "environment": each.environment,
                "execution": each.execution,
                **each.deployment.as_json(),
            }
            for each in report.deployments
        ],
        "digests": [asdict(digest) for digest in report.digests],
        "traffic": {
            environment: traffic_as_json(traffic) for environment, traffic in report.traffic.items()
        },
        "checks": [asdict(check) for check in report.checks],
    }


def _execution(execution: Execution) -> dict[str, Any]:
    last = ended_in(execution)
    return {
        "id": execution.id,
        "title": execution.title,
        "trigger": execution.trigger,
        "commit": execution.commit,
        "status": execution.status,
        "ended_in": None if last is None else last.name,
        "reason": reason(execution),
        "pipeline_version": execution.pipeline_version,
        "started_at": json_values.moment(execution.started_at),
        "ended_at": json_values.moment(execution.ended_at),
        "duration_s": json_values.seconds(execution.duration),
        "stages": [_stage(stage) for stage in execution.stages],
    }


def _stage(stage: StageRun) -> dict[str, Any]:
    return {
        "name": stage.name,
        "status": stage.status,
        "attempts": stage.attempts,
        "started_at": json_values.moment(stage.started_at),
        "ended_at": json_values.moment(stage.ended_at),
        "duration_s": json_values.seconds(stage.duration),
        "actions": [_action(action) for action in stage.actions],
    }


def _action(action: Action) -> dict[str, Any]:
    return {
        "name": action.name,
        "kind": action.kind,
        "status": action.status,
        "run_order": action.run_order,
        "started_at": json_values.moment(action.started_at),
        "ended_at": json_values.moment(action.ended_at),
        "duration_s": json_values.seconds(action.duration),
        "summary": action.summary,
        "error": action.error,
        "external_id": action.external_id,
        "inputs": _artifacts(action.inputs),
        "outputs": _artifacts(action.outputs),
    }


def _artifacts(artifacts: Sequence[Artifact]) -> list[dict[str, Any]]:
    return [{"name": artifact.name, "size_bytes": artifact.size} for artifact in artifacts]
