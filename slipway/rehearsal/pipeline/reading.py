"""What the APIs tell of executions, their actions and artifacts, put down for the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from slipway.rehearsal.pipeline.client import ENDED, Pipeline, error_of, kind_of
from slipway.rehearsal.pipeline.report import Action, Artifact, Execution, StageRun


class Reader:
    """Reads executions of a pipeline.

    Parameters
    ----------
    pipeline
        The pipeline.
    s3
        The boto3 client of the account that keeps its artifacts.
    """

    def __init__(self, pipeline: Pipeline, s3: Any) -> None:
        self._pipeline = pipeline
        self._s3 = s3
        self._sizes: dict[tuple[str, str], int | None] = {}

    def execution(self, id_: str, title: str) -> Execution:
        """Read all that is known of an execution."""
        summary = self._pipeline.execution(id_)
        actions = self._pipeline.actions(id_)
        version = max((each.get("pipelineVersion", 0) for each in actions), default=0) or None
        definition = self._pipeline.definition(version)
        revisions = summary.get("sourceRevisions", ())
        ended = summary["status"] in ENDED
        return Execution(
            id=id_,
            title=title,
            trigger=summary.get("trigger", {}).get("triggerType", ""),
            commit=revisions[0].get("revisionId") if revisions else None,
            status=summary["status"],
            started_at=summary["startTime"],
            ended_at=summary["lastUpdateTime"] if ended else None,
            pipeline_version=version,
            stages=tuple(self._stages(definition, summary["status"], actions)),
        )

    def _stages(
        self, definition: Mapping[str, Any], status: str, actions: Sequence[Mapping[str, Any]]
    ) -> list[StageRun]:
        stages = []
        names = [stage["name"] for stage in definition["stages"]]
        reached = max((names.index(a["stageName"]) for a in actions), default=-1)
        for position, stage in enumerate(definition["stages"]):
            orders = {each["name"]: each.get("runOrder", 1) for each in stage["actions"]}
            here = [each for each in actions if each["stageName"] == stage["name"]]
            passed = position < reached or status == "Succeeded"
            stages.append(
                StageRun(
                    name=stage["name"],
                    status=_status(here, passed=passed, complete=len(orders)),
                    actions=tuple(
                        self._action(each, orders.get(each["actionName"], 1)) for each in here
                    ),
                    attempts=max(Counter(each["actionName"] for each in here).values(), default=1),
                )
            )
        return stages

    def _action(self, action: Mapping[str, Any], run_order: int) -> Action:
        output = action.get("output", {})
        result = output.get("executionResult", {})
        failed = action["status"] == "Failed"
        return Action(
            name=action["actionName"],
            kind=kind_of(action),
            status=action["status"],
            started_at=action["startTime"],
            ended_at=None if action["status"] == "InProgress" else action["lastUpdateTime"],
            run_order=run_order,
            summary=result.get("externalExecutionSummary"),
            error=error_of(action) if failed else None,
            external_id=result.get("externalExecutionId"),
            inputs=self._artifacts(action["input"].get("inputArtifacts", ())),
            outputs=self._artifacts(output.get("outputArtifacts", ())),
        )

    def _artifacts(self, artifacts: Sequence[Mapping[str, Any]]) -> tuple[Artifact, ...]:
        return tuple(
            Artifact(each["name"], self._size(each.get("s3location", {}))) for each in artifacts
        )

    def _size(self, where: Mapping[str, str]) -> int | None:
        place = (where.get("bucket", ""), where.get("key", ""))
        if not all(place):
            return None
        if place not in self._sizes:
            self._sizes[place] = _size(lambda: self._s3.head_object(Bucket=place[0], Key=place[1]))
        return self._sizes[place]


def _size(ask: Callable[[], Mapping[str, Any]]) -> int | None:
    try:
        return int(ask()["ContentLength"])
    except ClientError:
        return None


def _status(actions: Sequence[Mapping[str, Any]], *, passed: bool, complete: int) -> str:
    """Tell how a stage stands, from the latest run of each of its actions."""
    if not actions:
        return "Skipped" if passed else "Pending"
    latest = {each["actionName"]: each["status"] for each in actions}
    for status in ("InProgress", "Failed"):
        if status in latest.values():
            return status
    if "Abandoned" in latest.values() or (len(latest) < complete and not passed):
        return "Stopped"
    return "Succeeded"
