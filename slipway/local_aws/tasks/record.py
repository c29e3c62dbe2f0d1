"""What DescribeTasks answers about a task: MiniStack's record of it."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import now_iso

from slipway.local_aws.capacity.placement import SPREAD_OVER_ZONES, Requirements
from slipway.local_aws.capacity.zones import zones_of

_ARCHITECTURES = {"X86_64": "x86_64", "ARM64": "arm64"}
_FARGATE_PROVIDERS = ("FARGATE", "FARGATE_SPOT")
# What an override of a container replaces; environment variables are merged.
_REPLACED = ("command", "cpu", "memory", "memoryReservation")

# Containers that a task can do without, as ECS shows one that has ended.
_NOT_STARTED = {
    "lastStatus": "STOPPED",
    "reason": "not essential, and so not started on this machine",
}


class SeveralContainersError(Exception):
    """A task needs more than one container; it stops with this reason."""


@dataclass(frozen=True)
class Launch:
    """What a task is started from."""

    account: str
    region: str
    cluster: str
    task_definition: dict[str, Any]
    group: str
    started_by: str = ""
    launch_type: str | None = None
    capacity_provider: str | None = None
    platform_version: str = ""
    network_configuration: dict[str, Any] = field(default_factory=dict)
    overrides: dict[str, Any] = field(default_factory=dict)
    enable_execute_command: bool = False
    placement_strategy: list[dict[str, str]] = field(default_factory=list)
    placement_constraints: list[dict[str, str]] = field(default_factory=list)
    tags: tuple[dict[str, str], ...] = ()

    @property
    def on_fargate(self) -> bool:
        """Whether AWS itself has the room for it."""
        return self.capacity_provider in _FARGATE_PROVIDERS or self.launch_type == "FARGATE"

    @property
    def subnets(self) -> dict[str, str]:
        """The subnets that its network interface may be in, each with its zone."""
        named = self.network_configuration.get("awsvpcConfiguration", {}).get("subnets", [])
        first_zone = f"{self.region}a"
        return dict.fromkeys(named, first_zone) | zones_of(named, self.account, self.region)

    @property
    def requirements(self) -> Requirements:
        """What it asks of a container instance."""
        definition = self.task_definition
        containers = [
            _overridden(item, self.overrides.get("containerOverrides") or [])
            for item in definition["containerDefinitions"]
        ]
        platform = definition.get("runtimePlatform") or {}
        declared = definition.get("placementConstraints") or []
        return Requirements(
            group=self.group,
            cpu_units=int(
                definition.get("cpu") or sum(int(item.get("cpu") or 0) for item in containers)
            ),
            memory_mib=int(definition.get("memory") or sum(map(_memory, containers))),
            interfaces=int(definition.get("networkMode") == "awsvpc"),
            architecture=_ARCHITECTURES.get(platform.get("cpuArchitecture", "")),
            zones=frozenset(zones_of(self.subnets, self.account, self.region).values()),
            strategy=tuple(self.placement_strategy or SPREAD_OVER_ZONES),
            constraints=(*declared, *self.placement_constraints),
        )

    @property
    def container(self) -> dict[str, Any]:
        """The first essential container with its overrides: the only one that runs here."""
        return _overridden(self._main, self.overrides.get("containerOverrides") or [])

    def require_one_process(self) -> None:
        """Refuse a task that could not do without what isn't started here.

        Raises
        ------
        SeveralContainersError
            It has a second essential container.
        """
        essential = [
            item["name"]
            for item in self.task_definition["containerDefinitions"]
            if item.get("essential", True)
        ]
        if len(essential) > 1:
            raise SeveralContainersError(
                f"This machine starts one container of a task, and {' and '.join(essential)} "
                "are essential"
            )

    @property
    def _main(self) -> dict[str, Any]:
        containers: list[dict[str, Any]] = self.task_definition["containerDefinitions"]
        return next((item for item in containers if item.get("essential", True)), containers[0])

    @property
    def _left_out(self) -> list[dict[str, Any]]:
        main = self._main
        return [item for item in self.task_definition["containerDefinitions"] if item is not main]

    def new_record(self, address: str) -> dict[str, Any]:
        """Describe a task that has no place yet."""
        task_id = uuid.uuid4().hex
        prefix = f"arn:aws:ecs:{self.region}:{self.account}"
        arn = f"{prefix}:task/{self.cluster}/{task_id}"
        definition = self.task_definition
        return {
            "taskArn": arn,
            "clusterArn": f"{prefix}:cluster/{self.cluster}",
            "taskDefinitionArn": definition["taskDefinitionArn"],
            "overrides": self.overrides or {"containerOverrides": []},
            "lastStatus": "PROVISIONING",
            "desiredStatus": "RUNNING",
            "launchType": "FARGATE" if self.on_fargate else self.launch_type or "EC2",
            "capacityProviderName": self.capacity_provider,
            "cpu": str(definition.get("cpu") or "256"),
            "memory": str(definition.get("memory") or "512"),
            "platformVersion": _actual_platform(self.platform_version) if self.on_fargate else None,
            "platformFamily": "Linux" if self.on_fargate else None,
            "connectivity": "CONNECTED",
            "createdAt": now_iso(),
            "startedAt": None,
            "stoppedReason": None,
            "stopCode": None,
            "group": self.group,
            "startedBy": self.started_by,
            "version": 1,
            "containers": [
                self._container_record(self.container, arn, address),
                *(
                    self._container_record(container, arn, address) | _NOT_STARTED
                    for container in self._left_out
                ),
            ],
            "attachments": [],
            "enableExecuteCommand": self.enable_execute_command,
            "healthStatus": "UNKNOWN",
            "tags": list(self.tags),
            "ephemeralStorage": definition.get("ephemeralStorage") or {"sizeInGiB": 20},
        }

    def _container_record(
        self, container: dict[str, Any], task_arn: str, address: str
    ) -> dict[str, Any]:
        prefix = task_arn.replace(":task/", ":container/", 1)
        return {
            "containerArn": f"{prefix}/{uuid.uuid4()}",
            "taskArn": task_arn,
            "name": container["name"],
            "image": container["image"],
            "imageDigest": container["image"].partition("@")[2] or None,
            "runtimeId": f"{task_arn.rpartition('/')[2]}-{int(time.time())}",
            "lastStatus": "PENDING",
            "networkInterfaces": [
                {"attachmentId": str(uuid.uuid4()), "privateIpv4Address": address}
            ],
            "healthStatus": "UNKNOWN",
            "cpu": str(container.get("cpu", 0)),
            # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ManagedAgent.html
            **({"managedAgents": [_agent()]} if self.enable_execute_command else {}),
        }


def settle(record: dict[str, Any], *, zone: str, subnet: str, instance: str | None) -> None:
    """Note where a task was placed: its zone, its subnet and, on EC2, its container instance."""
    address = record["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]
    record["availabilityZone"] = zone
    record["attachments"] = [_network_interface(address, subnet)]
    if instance is not None:
        record["containerInstanceArn"] = instance


def provider_for(strategy: list[dict[str, Any]], running: dict[str, int]) -> str | None:
    """Choose the capacity provider of the next task: bases first, then by weight.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
    """
    if not strategy:
        return None
    for item in strategy:
        if running.get(item["capacityProvider"], 0) < item.get("base", 0):
            return str(item["capacityProvider"])
    weighted = [item for item in strategy if item.get("weight", 1) > 0] or strategy

    def load(item: dict[str, Any]) -> float:
        beyond_base: int = running.get(item["capacityProvider"], 0) - item.get("base", 0)
        return (beyond_base + 1) / max(int(item.get("weight", 1)), 1)

    return str(min(weighted, key=load)["capacityProvider"])


def _overridden(container: dict[str, Any], overrides: list[dict[str, Any]]) -> dict[str, Any]:
    override = next((item for item in overrides if item.get("name") == container["name"]), {})
    environment = {
        item["name"]: item
        for item in [*container.get("environment", []), *override.get("environment", [])]
    }
    replaced = {name: override[name] for name in _REPLACED if override.get(name)}
    return {**container, **replaced, "environment": list(environment.values())}


def _agent() -> dict[str, Any]:
    return {"name": "ExecuteCommandAgent", "lastStatus": "PENDING"}


def _actual_platform(version: str) -> str:
    return "1.4.0" if version in ("", "LATEST") else version


def _memory(container: dict[str, Any]) -> int:
    return int(container.get("memoryReservation") or container.get("memory") or 0)


def _network_interface(address: str, subnet: str) -> dict[str, Any]:
    details = {
        "subnetId": subnet,
        "networkInterfaceId": f"eni-{uuid.uuid4().hex[:17]}",
        "privateIPv4Address": address,
    }
    return {
        "id": str(uuid.uuid4()),
        "type": "ElasticNetworkInterface",
        "status": "ATTACHED",
        "details": [{"name": key, "value": value} for key, value in details.items()],
    }
