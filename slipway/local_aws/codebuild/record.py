"""What BatchGetBuilds answers about a build, and who changes it."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Mapping
from typing import Any

from ministack.services import codebuild

from slipway.local_aws.codebuild.environment import BuildIdentity
from slipway.local_aws.codebuild.order import PipelineOrder
from slipway.local_aws.codebuild.project import Project


class Record:
    """The record of one build in MiniStack's store, which answers who asks for it.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html
    """

    def __init__(self, identity: BuildIdentity, order: PipelineOrder, project: Project) -> None:
        self._identity = identity
        self._lock = threading.Lock()
        self._said: dict[str, Any] = {
            "id": identity.id,
            "arn": identity.arn,
            "buildNumber": identity.number,
            "startTime": identity.started,
            "currentPhase": "QUEUED",
            "buildStatus": "IN_PROGRESS",
            **_source_versions(order),
            "projectName": project.name,
            "phases": [],
            "source": dict(project.source),
            "artifacts": {
                "location": order.outputs[0].arn if order.outputs else "",
            },
            "environment": dict(project.record["environment"]),
            "serviceRole": project.service_role,
            "logs": _logs(identity, project.log_group),
            "timeoutInMinutes": int(project.time_limit.total_seconds() // 60),
            "queuedTimeoutInMinutes": project.record.get("queuedTimeoutInMinutes", 480),
            "buildComplete": False,
            "initiator": order.initiator,
            "encryptionKey": project.encryption_key,
            "exportedEnvironmentVariables": [],
        }
        self._publish()

    @property
    def status(self) -> str:
        """``IN_PROGRESS``, or how the build ended."""
        return str(self._said["buildStatus"])

    @property
    def content(self) -> dict[str, Any]:
        """A copy of it."""
        with self._lock:
            return copy.deepcopy(self._said)

    def begin(self, phase: str) -> None:
        """Note that a phase begins."""
        with self._lock:
            self._said["currentPhase"] = phase
            self._said["phases"].append({"phaseType": phase, "startTime": time.time()})
        self._publish()

    def end(self, status: str, code: str = "", message: str = "") -> None:
        """Note how the current phase ended."""
        with self._lock:
            phase = self._said["phases"][-1]
            now = time.time()
            phase.update(
                phaseStatus=status,
                endTime=now,
                durationInSeconds=int(now - phase["startTime"]),
                contexts=[{"statusCode": code, "message": message}],
            )
        self._publish()

    def complete(self, status: str, exported: Mapping[str, str]) -> None:
        """Note how the build ended."""
        now = time.time()
        with self._lock:
            self._said["phases"].append({"phaseType": "COMPLETED", "startTime": now})
            self._said.update(
                currentPhase="COMPLETED",
                buildStatus=status,
                buildComplete=True,
                endTime=now,
                exportedEnvironmentVariables=[
                    {"name": name, "value": value} for name, value in exported.items()
                ],
            )
        self._publish()

    def _publish(self) -> None:
        """Replace MiniStack's copy as a whole: others read it at the same time."""
        identity = self._identity
        codebuild._builds.set_scoped(
            identity.account, identity.region, identity.id, copy.deepcopy(self._said)
        )


def _source_versions(order: PipelineOrder) -> dict[str, str]:
    resolved = {"resolvedSourceVersion": order.source_version} if order.source_version else {}
    return resolved | ({"sourceVersion": order.inputs[0].arn} if order.inputs else {})


def _logs(identity: BuildIdentity, group: str | None) -> dict[str, Any]:
    if group is None:
        return {"cloudWatchLogs": {"status": "DISABLED"}}
    place = f"log-group:{group}:log-stream:{identity.log_stream}"
    console = f"https://console.aws.amazon.com/cloudwatch/home?region={identity.region}"
    return {
        "groupName": group,
        "streamName": identity.log_stream,
        "deepLink": f"{console}#logEvent:group={group};stream={identity.log_stream}",
        "cloudWatchLogsArn": f"arn:aws:logs:{identity.region}:{identity.account}:{place}",
    }
