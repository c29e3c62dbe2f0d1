"""What CodeDeploy says about a deployment at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from slipway.release.aws import Aws
from slipway.release.errors import code
from slipway.release.history import AUTOMATIC, FINAL
from slipway.release.target import Target

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
    target_group: str = ""
    """Name of the target group that its tasks are in; empty where CodeDeploy doesn't say it."""


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
    created: datetime | None = None
    error: str = ""
    is_rollback: bool = False
    """Whether CodeDeploy made it by itself, to undo another."""
    approval_timeout: timedelta | None = None
    termination_wait: timedelta | None = None
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

    @property
    def waits_for_approval(self) -> bool:
        """Whether green is tested, and production traffic waits for somebody's word.

        See https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentReadyOption.html
        """
        return self.status == "Ready"

    @property
    def approval_ends(self) -> datetime | None:
        """When the wait for approval ends and the deployment is stopped.

        CodeDeploy doesn't say when the wait began; the last event ended just before.
        """
        return _later(self._last_end(), self.approval_timeout) if self.waits_for_approval else None

    @property
    def termination_wait_ends(self) -> datetime | None:
        """When blue is let go; the last event ended just before the wait."""
        return _later(self._last_end(), self.termination_wait) if self.is_shifted else None

    @property
    def stage(self) -> str:
        """How far it is, as the end of a sentence that begins with the deployment."""
        if self.is_final:
            return f"is over ({self.status})"
        if self.waits_for_approval:
            return f"waits for approval{until(self.approval_ends)}"
        if self.is_shifted and not self.is_rollback:
            return (
                "has all traffic on green, and keeps blue for its termination wait"
                f"{until(self.termination_wait_ends)}"
            )
        current = next((event.name for event in self.events if event.status == "InProgress"), None)
        share = self.green.traffic_percent if self.green else 0
        on_green = f", with {share:g} % of the traffic on green" if share else ""
        return f"is at {current}{on_green}" if current else f"is {self.status}{on_green}"

    def _last_end(self) -> datetime | None:
        return max((event.ended for event in self.events if event.ended), default=None)


def until(moment: datetime | None) -> str:
    """``" until 16:03 UTC"``; empty where the moment isn't known."""
    return f" until {moment:%H:%M %Z}".rstrip() if moment else ""


def look(aws: Aws, deployment_id: str, target: Target) -> View:
    """Ask CodeDeploy once; errors of botocore are the caller's to judge.

    See https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ECSTarget.html
    """
    # The deployment first: when it is final, what its target says next is final too.
    information = aws.codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]
    try:
        targets = aws.codedeploy.batch_get_deployment_targets(
            deploymentId=deployment_id, targetIds=[f"{target.cluster}:{target.service}"]
        )["deploymentTargets"]
    except ClientError as refused:
        if code(refused) not in _NOT_THERE_YET:
            raise
        targets = []
    return _view(information, targets[0]["ecsTarget"] if targets else {})


def glance(aws: Aws, deployment_id: str, target: Target) -> View | None:
    """Ask CodeDeploy once, for who can do without an answer: None where there is none."""
    try:
        return look(aws, deployment_id, target)
    except (ClientError, BotoCoreError):
        return None


def _view(information: Mapping[str, Any], target: Mapping[str, Any]) -> View:
    error = information.get("errorInformation") or {}
    blue_green = information.get("blueGreenDeploymentConfiguration") or {}
    ready = blue_green.get("deploymentReadyOption") or {}
    end_of_blue = blue_green.get("terminateBlueInstancesOnDeploymentSuccess") or {}
    sides = {side.get("taskSetLabel"): _task_set(side) for side in target.get("taskSetsInfo", [])}
    return View(
        status=information["status"],
        created=information.get("createTime"),
        error=": ".join(filter(None, (error.get("code"), error.get("message")))),
        is_rollback=information.get("creator") == AUTOMATIC,
        approval_timeout=_minutes(ready.get("waitTimeInMinutes")),
        termination_wait=_minutes(end_of_blue.get("terminationWaitTimeInMinutes")),
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


def _minutes(count: int | None) -> timedelta | None:
    return timedelta(minutes=count) if count else None


def _later(moment: datetime | None, wait: timedelta | None) -> datetime | None:
    return moment + wait if moment and wait else None


def _task_set(side: Mapping[str, Any]) -> TaskSet:
    return TaskSet(
        traffic_percent=side.get("trafficWeight", 0.0),
        running=side.get("runningCount", 0),
        desired=side.get("desiredCount", 0),
        target_group=(side.get("targetGroup") or {}).get("name", ""),
    )
