"""What DescribeTasks answers about a task: MiniStack's record of it."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import now_iso

_FARGATE_PROVIDERS = ("FARGATE", "FARGATE_SPOT")


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

    @property
    def container(self) -> dict[str, Any]:
        """The first essential container with its overrides: the only one that runs here."""
        containers = self.task_definition["containerDefinitions"]
        first = next((item for item in containers if item.get("essential", True)), containers[0])
        return _overridden(first, self.overrides.get("containerOverrides", []))

    def new_record(self, address: str) -> dict[str, Any]:
        """Describe a task that was just placed."""
        task_id = uuid.uuid4().hex
        prefix = f"arn:aws:ecs:{self.region}:{self.account}"
        arn = f"{prefix}:task/{self.cluster}/{task_id}"
        definition = self.task_definition
        on_fargate = self.capacity_provider in _FARGATE_PROVIDERS or self.launch_type == "FARGATE"
        subnets = self.network_configuration.get("awsvpcConfiguration", {}).get("subnets", [])
        return {
            "taskArn": arn,
            "clusterArn": f"{prefix}:cluster/{self.cluster}",
            "taskDefinitionArn": definition["taskDefinitionArn"],
            "overrides": self.overrides or {"containerOverrides": []},
            "lastStatus": "PROVISIONING",
            "desiredStatus": "RUNNING",
            "launchType": "FARGATE" if on_fargate else self.launch_type or "EC2",
            "capacityProviderName": self.capacity_provider,
            "cpu": str(definition.get("cpu") or "256"),
            "memory": str(definition.get("memory") or "512"),
            "platformVersion": _actual_platform(self.platform_version) if on_fargate else None,
            "platformFamily": "Linux" if on_fargate else None,
            "connectivity": "CONNECTED",
            "createdAt": now_iso(),
            "startedAt": None,
            "stoppedReason": None,
            "stopCode": None,
            "group": self.group,
            "startedBy": self.started_by,
            "version": 1,
            "containers": [self._container_record(arn, address)],
            "attachments": [_network_interface(address, subnets)],
            "availabilityZone": f"{self.region}a",
            "enableExecuteCommand": self.enable_execute_command,
            "healthStatus": "UNKNOWN",
            "tags": [],
            "ephemeralStorage": definition.get("ephemeralStorage") or {"sizeInGiB": 20},
        }

    def _container_record(self, task_arn: str, address: str) -> dict[str, Any]:
        container = self.container
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
        }


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
    command = {"command": override["command"]} if override.get("command") else {}
    return {**container, **command, "environment": list(environment.values())}


def _actual_platform(version: str) -> str:
    return "1.4.0" if version in ("", "LATEST") else version


def _network_interface(address: str, subnets: list[str]) -> dict[str, Any]:
    details = {
        "subnetId": subnets[0] if subnets else "",
        "networkInterfaceId": f"eni-{uuid.uuid4().hex[:17]}",
        "privateIPv4Address": address,
    }
    return {
        "id": str(uuid.uuid4()),
        "type": "ElasticNetworkInterface",
        "status": "ATTACHED",
        "details": [{"name": key, "value": value} for key, value in details.items()],
    }
