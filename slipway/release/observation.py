"""What CodeDeploy says about a deployment at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from slipway.release.aws import Aws
from slipway.release.deployment import Deployment
from slipway.release.errors import code
from slipway.release.history import FINAL

# While CodeDeploy prepares a deployment, its target isn't there yet.
_NOT_THERE_YET = frozenset(
    {"DeploymentNotStartedException", "DeploymentTargetDoesNotExistException"}
)


@dataclass(frozen=True, kw_only=True)
class TaskSet:
    """One side of the deployment."""

    traffic_percent: float
    running: int
    desired: int


@dataclass(frozen=True, kw_only=True)
class LifecycleEvent:
    """A lifecycle event as CodeDeploy reports it."""

    name: str
    status: str
    began: datetime | None
    ended: datetime | None
    diagnosis: str


@dataclass(frozen=True, kw_only=True)
class View:
    """The deployment and its target, the ECS service, at one moment."""

    status: str
    error: str = ""
    target_status: str = ""
    events: tuple[LifecycleEvent, ...] = ()
    blue: TaskSet | None = None
    green: TaskSet | None = None

    @property
    def is_final(self) -> bool:
        """Whether nothing will happen any more."""
        return self.status in FINAL

    @property
    def is_shifted(self) -> bool:
        """Whether all traffic is on green, the last hook has passed, and blue waits to end."""
        # instanceTerminationWaitTimeStarted stays false for ECS (aws/containers-roadmap#269);
        # the target turns Succeeded when the termination wait begins.
        after_allow_traffic = any(
            event.name == "AfterAllowTraffic" and event.status == "Succeeded"
            for event in self.events
        )
        return self.target_status == "Succeeded" or after_allow_traffic


def look(aws: Aws, deployment: Deployment) -> View:
    """Ask CodeDeploy once; errors of botocore are the caller's to judge.

    See https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ECSTarget.html
    """
    # The deployment first: when it is final, what its target says next is final too.
    information = aws.codedeploy.get_deployment(deploymentId=deployment.id)["deploymentInfo"]
    error = information.get("errorInformation") or {}
    said = ": ".join(filter(None, (error.get("code"), error.get("message"))))
    target_id = f"{deployment.target.cluster}:{deployment.target.service}"
    try:
        targets = aws.codedeploy.batch_get_deployment_targets(
            deploymentId=deployment.id, targetIds=[target_id]
        )["deploymentTargets"]
    except ClientError as refused:
        if code(refused) not in _NOT_THERE_YET:
            raise
        targets = []
    if not targets:
        return View(status=information["status"], error=said)
    target = targets[0]["ecsTarget"]
    sides = {side.get("taskSetLabel"): _task_set(side) for side in target.get("taskSetsInfo", [])}
    return View(
        status=information["status"],
        error=said,
        target_status=target.get("status", ""),
        events=tuple(
            LifecycleEvent(
                name=event["lifecycleEventName"],
                status=event["status"],
                began=event.get("startTime"),
                ended=event.get("endTime"),
                diagnosis=(event.get("diagnostics") or {}).get("message", ""),
            )
            for event in target.get("lifecycleEvents", [])
        ),
        blue=sides.get("Blue"),
        green=sides.get("Green"),
    )


def _task_set(side: Mapping[str, Any]) -> TaskSet:
    return TaskSet(
        traffic_percent=side.get("trafficWeight", 0.0),
        running=side.get("runningCount", 0),
        desired=side.get("desiredCount", 0),
    )
