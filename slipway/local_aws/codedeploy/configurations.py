"""Deployment configurations: how production traffic moves."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from slipway.local_aws.codedeploy.errors import CodeDeployError

ALL_AT_ONCE = "CodeDeployDefault.ECSAllAtOnce"


@dataclass(frozen=True)
class Shift:
    """One step: green's share of the traffic in percent, and how long to stay there."""

    green_percent: int
    bake_time: timedelta


@dataclass(frozen=True)
class DeploymentConfiguration:
    """A name for a way to shift traffic."""

    name: str
    routing: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        list(self.shifts())

    def shifts(self) -> Iterator[Shift]:
        """Yield the steps; the last one is everything, with no time to bake.

        Raises
        ------
        CodeDeployError
            The routing is none that CodeDeploy knows.
        """
        kind = self.routing.get("type")
        if kind == "TimeBasedCanary":
            canary = self.routing["timeBasedCanary"]
            yield Shift(
                _percentage(canary["canaryPercentage"]),
                timedelta(minutes=int(canary["canaryInterval"])),
            )
        elif kind == "TimeBasedLinear":
            linear = self.routing["timeBasedLinear"]
            step = _percentage(linear["linearPercentage"])
            for percent in range(step, 100, step):
                yield Shift(percent, timedelta(minutes=int(linear["linearInterval"])))
        elif kind != "AllAtOnce":
            raise CodeDeployError(
                "InvalidTrafficRoutingConfigurationException",
                f"The traffic routing type {kind} is not valid",
            )
        yield Shift(100, timedelta(0))

    def describe(self) -> dict[str, Any]:
        """Return the DeploymentConfigInfo structure of the API."""
        return {
            "deploymentConfigId": self.id,
            "deploymentConfigName": self.name,
            "computePlatform": "ECS",
            "trafficRoutingConfig": self.routing,
            "createTime": self.created,
        }


def predefined() -> dict[str, DeploymentConfiguration]:
    """Return the configurations that every account has for ECS.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
    """
    names = {ALL_AT_ONCE: {"type": "AllAtOnce"}}
    configurations = {name: DeploymentConfiguration(name, value) for name, value in names.items()}
    for minutes in (5, 15):
        name = f"CodeDeployDefault.ECSCanary10Percent{minutes}Minutes"
        canary = {"canaryPercentage": 10, "canaryInterval": minutes}
        configurations[name] = DeploymentConfiguration(
            name, {"type": "TimeBasedCanary", "timeBasedCanary": canary}
        )
    for minutes in (1, 3):
        name = f"CodeDeployDefault.ECSLinear10PercentEvery{minutes}Minutes"
        linear = {"linearPercentage": 10, "linearInterval": minutes}
        configurations[name] = DeploymentConfiguration(
            name, {"type": "TimeBasedLinear", "timeBasedLinear": linear}
        )
    return configurations


def _percentage(value: Any) -> int:
    percent = int(value)
    if not 1 <= percent <= 99:
        raise CodeDeployError(
            "InvalidTrafficRoutingConfigurationException",
            f"The percentage must lie between 1 and 99, not {percent}",
        )
    return percent
