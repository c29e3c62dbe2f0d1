"""A task set: the tasks of one revision of a service, behind one target group."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import now_iso

from slipway.local_aws.tasks import Task

_FIRST_RETRY_SECONDS = 0.5
_LONGEST_RETRY_SECONDS = 30.0
_FAILURES_WORTH_TELLING = 3


def new_id() -> str:
    """Return an identifier as ECS makes them for deployments and task sets."""
    return f"ecs-svc/{random.randrange(10**18, 10**19)}"  # noqa: S311 - nothing secret


@dataclass
class TaskSet:
    """What is wanted of one revision, and the tasks that there are."""

    task_definition: dict[str, Any]
    computed_desired_count: int
    load_balancers: list[dict[str, Any]]
    network_configuration: dict[str, Any]
    launch_type: str | None = None
    capacity_provider_strategy: list[dict[str, Any]] = field(default_factory=list)
    platform_version: str = ""
    external_id: str | None = None
    started_by: str = ""
    status: str = "ACTIVE"
    scale_percent: float = 100.0
    id: str = field(default_factory=new_id)
    created_at: str = field(default_factory=now_iso)
    updated_at: str = field(default_factory=now_iso)
    stable_since: str | None = None
    tasks: list[Task] = field(default_factory=list)
    leaving: set[str] = field(default_factory=set)
    registered: set[str] = field(default_factory=set)
    failures: int = 0
    retry_at: float = 0.0
    told_cause: str | None = None

    @property
    def staying(self) -> list[Task]:
        """The tasks that count towards what is wanted."""
        return [
            task for task in self.tasks if task.arn not in self.leaving and not task.is_displaced
        ]

    @property
    def displaced(self) -> list[Task]:
        """The tasks whose container instance drains: they serve until others have taken over."""
        return [task for task in self.tasks if task.is_displaced and task.arn not in self.leaving]

    @property
    def running_count(self) -> int:
        """How many tasks run and are meant to."""
        return sum(task.is_running for task in self.staying)

    @property
    def pending_count(self) -> int:
        """How many tasks are on their way up."""
        return len(self.staying) - self.running_count

    @property
    def missing_count(self) -> int:
        """How many tasks have to be started now; negative where there are too many."""
        missing = self.computed_desired_count - len(self.staying)
        return 0 if missing > 0 and time.monotonic() < self.retry_at else missing

    @property
    def fails_consistently(self) -> bool:
        """Whether its tasks keep dying."""
        return self.failures >= _FAILURES_WORTH_TELLING

    def note_failure(self) -> None:
        """Wait longer before the next start, as ECS throttles tasks that keep failing."""
        self.failures += 1
        delay = _FIRST_RETRY_SECONDS * 2 ** min(self.failures - 1, 10)
        self.retry_at = time.monotonic() + min(delay, _LONGEST_RETRY_SECONDS)

    def become(self, *, stable: bool) -> bool:
        """Note whether it is stable; return whether that is news."""
        if stable == (self.stable_since is not None):
            return False
        self.stable_since = now_iso() if stable else None
        if stable:
            self.failures, self.retry_at = 0, 0.0
        return True

    def scale_to(self, count: int, *, percent: float = 100.0) -> None:
        """Want another number of tasks."""
        self.computed_desired_count = count
        self.scale_percent = percent
        self.updated_at = now_iso()

    def describe(self, service: dict[str, Any]) -> dict[str, Any]:
        """Return the TaskSet structure of the ECS API."""
        cluster = service["clusterArn"].rpartition("/")[2]
        prefix = service["serviceArn"].partition(":service/")[0]
        return {
            "id": self.id,
            "taskSetArn": f"{prefix}:task-set/{cluster}/{service['serviceName']}/{self.id}",
            "serviceArn": service["serviceArn"],
            "clusterArn": service["clusterArn"],
            "startedBy": self.started_by or None,
            "externalId": self.external_id,
            "status": self.status,
            "taskDefinition": self.task_definition["taskDefinitionArn"],
            "computedDesiredCount": self.computed_desired_count,
            "pendingCount": self.pending_count,
            "runningCount": self.running_count,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "launchType": self.launch_type,
            "capacityProviderStrategy": self.capacity_provider_strategy or None,
            "platformVersion": self.platform_version or None,
            "platformFamily": "Linux",
            "networkConfiguration": self.network_configuration,
            "loadBalancers": self.load_balancers,
            "serviceRegistries": [],
            "scale": {"value": self.scale_percent, "unit": "PERCENT"},
            "stabilityStatus": "STEADY_STATE" if self.stable_since else "STABILIZING",
            "stabilityStatusAt": self.stable_since or self.updated_at,
            "tags": [],
        }

    def describe_deployment(self) -> dict[str, Any]:
        """Return the Deployment structure of a service that ECS itself deploys."""
        completed = self.stable_since is not None
        state = "COMPLETED" if completed else "IN_PROGRESS"
        outcome = "completed" if completed else "in progress"
        return {
            "id": self.id,
            "status": self.status,
            "taskDefinition": self.task_definition["taskDefinitionArn"],
            "desiredCount": self.computed_desired_count,
            "pendingCount": self.pending_count,
            "runningCount": self.running_count,
            "failedTasks": self.failures,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "launchType": self.launch_type,
            "capacityProviderStrategy": self.capacity_provider_strategy or None,
            "platformVersion": self.platform_version or None,
            "networkConfiguration": self.network_configuration,
            "rolloutState": state,
            "rolloutStateReason": f"ECS deployment {self.id} {outcome}.",
        }
