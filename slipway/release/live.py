"""What is live now: the primary task set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipway.release.aws import Aws
from slipway.release.errors import TargetError, aws_errors
from slipway.release.target import Target


@dataclass(frozen=True, kw_only=True)
class LiveTaskSet:
    """The task set that ECS calls PRIMARY: it serves production traffic."""

    id: str
    revision: str
    """ARN of its task definition."""
    desired: int
    running: int
    pending: int
    since: datetime | None
    """When the task set was created."""

    @classmethod
    def of(cls, task_set: Mapping[str, Any]) -> LiveTaskSet:
        """Read it from what ECS describes."""
        return cls(
            id=task_set["id"],
            revision=task_set["taskDefinition"],
            desired=task_set.get("computedDesiredCount", 0),
            running=task_set.get("runningCount", 0),
            pending=task_set.get("pendingCount", 0),
            since=task_set.get("createdAt"),
        )


def read_service(aws: Aws, target: Target) -> dict[str, Any]:
    """Describe the ECS service.

    Raises
    ------
    TargetError
        When it doesn't exist.
    AwsError
        When AWS refuses or can't be reached.
    """
    with aws_errors(f"read the service {target.service}"):
        services = aws.ecs.describe_services(cluster=target.cluster, services=[target.service])[
            "services"
        ]
    if not services or services[0].get("status") == "INACTIVE":
        raise TargetError(
            f"The cluster {target.cluster} has no service {target.service}: "
            f"deploy it first: {target.commands.about_environment('deploy')}"
        )
    return dict(services[0])


def primary_task_set(aws: Aws, target: Target) -> dict[str, Any] | None:
    """Find the PRIMARY task set as ECS describes it, or None while the service has none.

    See https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html
    """
    for task_set in read_service(aws, target).get("taskSets", []):
        if task_set["status"] == "PRIMARY":
            return dict(task_set)
    return None


def live_task_set(aws: Aws, target: Target) -> LiveTaskSet | None:
    """Find the PRIMARY task set, or None while the service has none."""
    found = primary_task_set(aws, target)
    return LiveTaskSet.of(found) if found else None
