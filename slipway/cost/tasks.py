"""How many tasks of a service run, for how long, and on what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from slipway.cost.counting import Month
from slipway.cost.model import Span
from slipway.cost.resources import Resource
from slipway.cost.schedule import Change, State, states, task_changes

FARGATE = "FARGATE"
FARGATE_SPOT = "FARGATE_SPOT"


@dataclass(frozen=True)
class Share:
    """A capacity provider's part in a service's tasks."""

    provider: str
    base: int
    weight: int


@dataclass(frozen=True)
class Tasks:
    """The tasks of a service."""

    definition: Resource
    minimum: int
    maximum: int
    changes: list[Change]
    """When scheduled actions set other limits."""
    shares: list[Share]
    release_hours: Span
    """For how long in a month a second set of tasks runs."""

    @property
    def states(self) -> list[State]:
        """The limits of a month, and for how long each holds."""
        return states(self.minimum, self.maximum, self.changes)

    @property
    def vcpu(self) -> Decimal:
        """Of a task."""
        return Decimal(self.definition.get("Cpu", "0")) / 1024

    @property
    def memory_gb(self) -> Decimal:
        """Of a task."""
        return Decimal(self.definition.get("Memory", "0")) / 1024

    @property
    def storage_gb(self) -> int:
        """Of a task, on Fargate."""
        return int(self.definition.get("EphemeralStorage", {}).get("SizeInGiB", 20))

    @property
    def architecture(self) -> str:
        """``x86`` or ``arm64``."""
        platform = self.definition.get("RuntimePlatform", {})
        return "arm64" if platform.get("CpuArchitecture") == "ARM64" else "x86"

    @property
    def limits(self) -> Span:
        """How few and how many run while they are awake."""
        busiest = max(self.states, key=lambda each: each.maximum)
        return Span.of(busiest.minimum, busiest.maximum)

    @property
    def hours(self) -> Span:
        """Of all tasks together, without those of releases."""
        total = Span.of(0)
        for each in self.states:
            total += Span(each.hours * each.minimum, each.hours * each.maximum)
        return total

    def hours_on(self, provider: str) -> Span:
        """Of the tasks on one capacity provider, without those of releases."""
        total = Span.of(0)
        for each in self.states:
            low = each.hours * self._on(provider, each.minimum)
            total += Span(low, each.hours * self._on(provider, each.maximum))
        return total

    def released_on(self, provider: str) -> Span:
        """Of the second set of tasks, on one capacity provider."""
        limits = self.limits
        tasks = Span(
            self._on(provider, int(limits.low)),
            self._on(provider, int(limits.high)),
        )
        return tasks * self.release_hours

    def _on(self, provider: str, tasks: int) -> Decimal:
        """Return how many of some tasks are on a provider, on average: bases, then by weight."""
        left = tasks
        found = Decimal(0)
        for share in self.shares:
            part = min(left, share.base)
            left -= part
            if share.provider == provider:
                found += part
        weights = sum(share.weight for share in self.shares)
        own = sum(share.weight for share in self.shares if share.provider == provider)
        return found + (Decimal(left) * own / weights if weights else 0)


def tasks_of(service: Resource, month: Month) -> Tasks | None:
    """Return the tasks of an ECS service; none, where its task definition isn't to be found."""
    definition = _definition(service, month)
    if definition is None:
        return None
    target = next(
        iter(
            month.inventory.referring(
                "AWS::ApplicationAutoScaling::ScalableTarget", service, by="ResourceId"
            )
        ),
        None,
    )
    count = int(service.get("DesiredCount", 1))
    minimum, maximum = (
        (int(target["MinCapacity"]), int(target["MaxCapacity"])) if target else (count, count)
    )
    actions = target.get("ScheduledActions", []) if target else []
    return Tasks(
        definition,
        minimum,
        maximum,
        task_changes(actions, minimum, maximum),
        list(_shares(service, month)),
        release_hours(service, month),
    )


def release_hours(service: Resource, month: Month) -> Span:
    """Return for how long in a month two sets of a service's tasks run."""
    minutes = month.assumed["release_minutes"] + Span.of(_waiting_minutes(service, month))
    return month.assumed["releases"] * minutes / 60


def tasks_on_instances(provider: Resource, month: Month) -> list[Tasks]:
    """Return the tasks of the services that run on an EC2 capacity provider."""
    name = provider.get("Name")
    found = [tasks_of(each, month) for each in month.inventory.of_type("AWS::ECS::Service")]
    return [each for each in found if each and any(part.provider == name for part in each.shares)]


def _definition(service: Resource, month: Month) -> Resource | None:
    wanted = service.get("TaskDefinition")
    referred = month.inventory.named(service.stack, wanted)
    for each in month.inventory.of_type("AWS::ECS::TaskDefinition"):
        of_the_family = each.stack == service.stack and each.get("Family") == wanted
        if each in referred or of_the_family:
            return each
    return None


def _shares(service: Resource, month: Month) -> Iterator[Share]:
    released: list[dict[str, Any]] | None = month.inventory.release_strategy(service.stack)
    if released is not None:
        for each in released:
            yield Share(each["capacityProvider"], each.get("base", 0), each.get("weight", 0))
        return
    strategy = service.get("CapacityProviderStrategy")
    for each in strategy or [{"CapacityProvider": service.get("LaunchType", "EC2"), "Weight": 1}]:
        provider = each["CapacityProvider"]
        named = month.inventory.named(service.stack, provider)
        name = named[0].get("Name", "") if named else provider
        yield Share(name, int(each.get("Base", 0)), int(each.get("Weight", 0)))


def _waiting_minutes(service: Resource, month: Month) -> int:
    """Return what a deployment of CodeDeploy waits: while it shifts, and before it ends blue."""
    groups = month.inventory.referring(
        "AWS::CodeDeploy::DeploymentGroup", service, by="ECSServices"
    )
    for group in groups:
        blue = group.get("BlueGreenDeploymentConfiguration", {})
        ending = blue.get("TerminateBlueInstancesOnDeploymentSuccess", {})
        waits = int(ending.get("TerminationWaitTimeInMinutes", 0))
        for shift in month.inventory.named(group.stack, group.get("DeploymentConfigName")):
            waits += _shift_minutes(shift.get("TrafficRoutingConfig", {}))
        return waits
    return 0


def _shift_minutes(routing: dict[str, Any]) -> int:
    if canary := routing.get("TimeBasedCanary"):
        return int(canary["CanaryInterval"])
    if linear := routing.get("TimeBasedLinear"):
        steps = -(-100 // int(linear["LinearPercentage"]))
        return int(linear["LinearInterval"]) * (steps - 1)
    return 0
