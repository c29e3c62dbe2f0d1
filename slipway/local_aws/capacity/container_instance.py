"""A container instance: an EC2 instance of an Auto Scaling group, and the tasks on it."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Protocol

from ministack.core.responses import now_iso

from slipway.local_aws.capacity.instance_types import InstanceType
from slipway.local_aws.capacity.placement import ARCHITECTURE, ZONE, Requirements, Room

_AGENT = {"agentVersion": "1.99.0", "dockerVersion": "DockerVersion: 25.0.8"}
# What the agent offers, as far as anybody may ask for it by name.
_CAPABILITIES = (
    "ecs.capability.task-eni",
    "ecs.capability.task-iam-role",
    "ecs.capability.secrets.asm.environment-variables",
    "ecs.capability.secrets.ssm.environment-variables",
    "com.amazonaws.ecs.capability.logging-driver.awslogs",
)
_RESERVED_PORTS = ["22", "2375", "2376", "51678", "51679"]


class Guest(Protocol):
    """A task, as its host sees it."""

    requirements: Requirements
    unplaced_because: str | None

    @property
    def arn(self) -> str:
        """The task's ARN."""

    @property
    def cluster(self) -> tuple[str, str, str]:
        """Account, region and name of its cluster."""

    @property
    def provider(self) -> str | None:
        """The capacity provider that it asks for, if any."""

    @property
    def is_running(self) -> bool:
        """Whether it runs, and is meant to."""

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked for its end."""

    def place(self, instance: ContainerInstance) -> None:
        """Start on an instance."""

    def stop(self, stop_code: str, reason: str) -> None:
        """End."""


@dataclass
class ContainerInstance:
    """An EC2 instance; ``cluster`` is empty until it has registered with one."""

    id: str
    account: str
    region: str
    group: str
    type: InstanceType
    zone: str
    subnet: str
    address: str
    # Auto Scaling's record of it.
    member: dict[str, Any]
    # When it has booted, in seconds of the monotonic clock.
    ready_at: float
    cluster: str = ""
    provider: str | None = None
    status: str = "ACTIVE"
    is_leaving: bool = False
    container_instance_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    registered_at: str = ""
    tasks: dict[str, Guest] = field(default_factory=dict)

    @property
    def scope(self) -> tuple[str, str]:
        """The account and the region that it belongs to."""
        return self.account, self.region

    @property
    def arn(self) -> str:
        """The ARN that ECS knows it by."""
        return (
            f"arn:aws:ecs:{self.region}:{self.account}:container-instance/"
            f"{self.cluster}/{self.container_instance_id}"
        )

    @property
    def is_registered(self) -> bool:
        """Whether it belongs to a cluster."""
        return bool(self.cluster)

    @property
    def takes_tasks(self) -> bool:
        """Whether tasks may be placed on it."""
        return self.is_registered and self.status == "ACTIVE"

    @property
    def is_booting(self) -> bool:
        """Whether it has started and isn't ready yet."""
        return bool(self.member["LifecycleState"] == "Pending")

    @property
    def is_protected(self) -> bool:
        """Whether Auto Scaling may not take it away."""
        return bool(self.member["ProtectedFromScaleIn"])

    @property
    def attributes(self) -> dict[str, str]:
        """What constraints and strategies can ask for."""
        return {**attributes_of(self.type, self.zone), "ecs.subnet-id": self.subnet}

    def register(self, cluster: str, provider: str | None) -> None:
        """Join a cluster."""
        self.cluster, self.provider, self.registered_at = cluster, provider, now_iso()

    def leave(self, *, draining: bool) -> None:
        """Begin to go; while it drains, its tasks are moved elsewhere first."""
        self.is_leaving = True
        self.member["LifecycleState"] = "Terminating:Wait" if draining else "Terminating"
        if draining and self.is_registered:
            self.status = "DRAINING"

    def room(self) -> Room:
        """Return what its tasks leave."""
        left = Room(
            self.container_instance_id,
            self.attributes,
            self.type.cpu_units,
            self.type.memory_mib,
            self.type.task_interfaces,
            Counter(),
        )
        for task in self.tasks.values():
            left.take(task.requirements)
        return left

    def describe(self) -> dict[str, Any]:
        """Return the ContainerInstance structure of the ECS API."""
        left = self.room()
        running = sum(task.is_running for task in self.tasks.values())
        values: dict[str, str] = {**self.attributes, **dict.fromkeys(_CAPABILITIES, "")}
        return {
            "containerInstanceArn": self.arn,
            "ec2InstanceId": self.id,
            "capacityProviderName": self.provider,
            "version": 1 + len(self.tasks),
            "versionInfo": _AGENT,
            "registeredResources": _resources(self.type.cpu_units, self.type.memory_mib),
            "remainingResources": _resources(left.cpu_units, left.memory_mib),
            "status": self.status,
            "agentConnected": True,
            "runningTasksCount": running,
            "pendingTasksCount": len(self.tasks) - running,
            "attributes": [
                {"name": name, "value": value} if value else {"name": name}
                for name, value in sorted(values.items())
            ],
            "registeredAt": self.registered_at,
            "attachments": [],
            "tags": [],
        }


def attributes_of(type_: InstanceType, zone: str) -> dict[str, str]:
    """Return the attributes that follow from a type and a zone."""
    return {
        ZONE: zone,
        ARCHITECTURE: type_.architecture,
        "ecs.instance-type": type_.name,
        "ecs.os-type": "linux",
        "ecs.os-family": "LINUX",
    }


def empty_room(name: str, type_: InstanceType, zone: str) -> Room:
    """Return the room of an instance that isn't there yet."""
    return Room(
        name,
        attributes_of(type_, zone),
        type_.cpu_units,
        type_.memory_mib,
        type_.task_interfaces,
    )


def _resources(cpu_units: int, memory_mib: int) -> list[dict[str, Any]]:
    nothing = {"doubleValue": 0.0, "longValue": 0}
    return [
        {"name": "CPU", "type": "INTEGER", "integerValue": cpu_units, **nothing},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": memory_mib, **nothing},
        {
            "name": "PORTS",
            "type": "STRINGSET",
            "integerValue": 0,
            "stringSetValue": _RESERVED_PORTS,
            **nothing,
        },
    ]
