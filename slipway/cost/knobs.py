"""What other settings would save: the same estimate, of templates as those settings make them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from slipway.changes import AssembledStack
from slipway.cost.estimate import estimate, prices_needed
from slipway.cost.inputs import Assumptions, Prices
from slipway.cost.model import Estimate, Saving
from slipway.cost.observability import has_collector
from slipway.cost.resources import Inventory
from slipway.cost.tasks import FARGATE, FARGATE_SPOT

Bodies = list[dict[str, Any]]

# What `network.nat: none` brings along, in each zone; the route to S3 is there anyway.
NEEDED_ENDPOINTS = (
    *("codedeploy", "ec2", "ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry"),
    *("elasticloadbalancing", "kms", "logs", "monitoring", "secretsmanager", "ssmmessages"),
)

# And one more, where tasks send traces.
_TRACES_ENDPOINT = "xray"

# Of the same size, and the same amounts of CPU and memory.
_GRAVITON = {"m5": "m6g", "m6a": "m6g", "m6i": "m6g"}

_OFFICE_HOURS = (
    ("Open", "cron(0 7 ? * MON-FRI *)", None),
    ("Close", "cron(0 20 ? * MON-FRI *)", 0),
)
_MONTH, _WEEK = 30, 7


@dataclass(frozen=True)
class Knob:
    """A setting that costs money, and what would make it cost less."""

    name: str
    change: str
    note: str
    turn: Callable[[list[AssembledStack]], bool]
    """Change the templates; false where there is nothing to change."""


def savings(
    stacks: Iterable[AssembledStack], prices: Prices, assumed: Assumptions, *, may_sleep: bool
) -> tuple[Saving, ...]:
    """Say what each knob would save, alone.

    Parameters
    ----------
    stacks
        As they were synthesised.
    may_sleep
        Whether the environment may have office hours: one whose releases need approval may not.
    """
    given = list(stacks)
    now = estimate("", Inventory(given), prices, assumed)
    unknown = _unknown(now)
    found = []
    for knob, turned in _turned(given, may_sleep=may_sleep):
        then = estimate("", turned, prices, assumed)
        low, high = now.low - then.low, now.high - then.high
        if missing := _unknown(then) - unknown:
            found.append(_untold(knob.name, knob.change, f"{sorted(missing)[0]}."))
        elif low or high:
            found.append(
                Saving(knob=knob.name, change=knob.change, low=low, high=high, note=knob.note)
            )
    return (*found, _SAVINGS_PLANS)


def prices_needed_for_savings(
    stacks: Iterable[AssembledStack], assumed: Assumptions, *, may_sleep: bool
) -> set[str]:
    """Return the names of the prices that `savings` needs."""
    turned = [Inventory(stacks), *(each for _, each in _turned(list(stacks), may_sleep=may_sleep))]
    return {name for each in turned for name in prices_needed(each, assumed)}


def _turned(stacks: list[AssembledStack], *, may_sleep: bool) -> Iterator[tuple[Knob, Inventory]]:
    """Turn each knob alone."""
    for knob in _knobs(stacks, may_sleep=may_sleep):
        turned = [copy.deepcopy(each) for each in stacks]
        if knob.turn(turned):
            yield knob, Inventory(turned)


def _unknown(found: Estimate) -> set[str]:
    return {each.reason for each in found.unpriced if not each.known}


def _untold(knob: str, change: str, why: str) -> Saving:
    return Saving(knob=knob, change=change, low=None, high=None, note=why)


_SAVINGS_PLANS = _untold(
    "Savings Plans",
    "a year's or three years' commitment; an account's, no setting",
    "What else the account runs decides how much of it is used.",
)


def _knobs(stacks: list[AssembledStack], *, may_sleep: bool) -> Iterator[Knob]:
    gateways = len(_of_type(stacks, "AWS::EC2::NatGateway"))
    nat = "per-zone" if gateways > 1 else "single"
    if gateways > 1:
        yield Knob(
            "network.nat",
            "per-zone to single",
            "A zone that fails takes the others' way out with it.",
            lambda given: _keep_gateways(given, 1),
        )
    if gateways:
        yield Knob(
            "network.nat",
            f"{nat} to none, with an endpoint for each service that Slipway needs",
            "Tasks that call the internet can't, and each endpoint costs in every zone.",
            lambda given: _keep_gateways(given, 0) and _add_endpoints(given),
        )
    yield Knob(
        "capacity.fargate_spot_percent",
        "to 100, beyond the first task of each service",
        "AWS takes Spot tasks away with two minutes' notice.",
        _fargate_spot,
    )
    yield Knob(
        "capacity.ec2.spot_percent",
        "to 100",
        "AWS takes Spot instances away with two minutes' notice.",
        _ec2_spot,
    )
    yield Knob(
        "architecture, capacity.ec2.instance_types",
        "x86_64 to arm64 everywhere, instances to m6g of the same size",
        "Images must be built for it.",
        _graviton,
    )
    if may_sleep:
        yield Knob(
            "office_hours",
            "07:00 to 20:00, Monday to Friday",
            "Nobody is served at night, and capacity.ec2.min has to be 0.",
            _office_hours,
        )
    for days in (_MONTH, _WEEK):
        yield Knob(
            "log_retention",
            f"to {days}d",
            "What is older is gone.",
            lambda given, days=days: _retention(given, days),  # type: ignore[misc]
        )
    yield Knob(
        "Container Insights",
        "off; there is no setting: stacks/cluster.py says it",
        "No figures of single tasks and containers, and nobody is called when tasks are missing.",
        _without_insights,
    )


def _keep_gateways(stacks: list[AssembledStack], kept: int) -> bool:
    surplus = _of_type(stacks, "AWS::EC2::NatGateway")[kept:]
    for stack, id_, body in surplus:
        address = body["Properties"].get("AllocationId", {}).get("Fn::GetAtt", [None])[0]
        for gone in (id_, address):
            stack.template["Resources"].pop(gone, None)
    return bool(surplus)


def _add_endpoints(stacks: list[AssembledStack]) -> bool:
    subnets = _of_type(stacks, "AWS::EC2::Subnet")
    zones = sorted({str(body["Properties"].get("AvailabilityZone")) for _, _, body in subnets})
    there = {
        str(body["Properties"].get("ServiceName"))
        for _, _, body in _of_type(stacks, "AWS::EC2::VPCEndpoint")
    }
    traced = any(
        has_collector(body["Properties"].get("ContainerDefinitions", []))
        for _, _, body in _of_type(stacks, "AWS::ECS::TaskDefinition")
    )
    for name in (*NEEDED_ENDPOINTS, *([_TRACES_ENDPOINT] if traced else [])):
        if subnets and not any(each.endswith(f".{name}") for each in there):
            subnets[0][0].template["Resources"][f"Endpoint{name}"] = {
                "Type": "AWS::EC2::VPCEndpoint",
                "Properties": {"VpcEndpointType": "Interface", "SubnetIds": zones},
            }
    return bool(subnets)


def _fargate_spot(stacks: list[AssembledStack]) -> bool:
    inventory = Inventory(stacks)
    changed = False
    for stack, _, _service in _of_type(stacks, "AWS::ECS::Service"):
        strategy = inventory.release_strategy(stack.name) or []
        providers = {each["capacityProvider"] for each in strategy}
        if not strategy or providers - {FARGATE, FARGATE_SPOT}:
            continue
        then = [
            {"capacityProvider": FARGATE, "base": 1, "weight": 0},
            {"capacityProvider": FARGATE_SPOT, "base": 0, "weight": 100},
        ]
        text = json.dumps({"capacityProviderStrategy": then}, separators=(",", ":"))
        stack.template["Outputs"]["ReleaseInputs"]["Value"] = text
        changed = True
    return changed


def _ec2_spot(stacks: list[AssembledStack]) -> bool:
    groups = _of_type(stacks, "AWS::AutoScaling::AutoScalingGroup")
    for _, _, body in groups:
        policy = body["Properties"].get("MixedInstancesPolicy", {})
        policy.get("InstancesDistribution", {})["OnDemandPercentageAboveBaseCapacity"] = 0
    return bool(groups)


def _graviton(stacks: list[AssembledStack]) -> bool:
    for _, _, body in _of_type(stacks, "AWS::ECS::TaskDefinition"):
        if "FARGATE" in body["Properties"].get("RequiresCompatibilities", []):
            body["Properties"]["RuntimePlatform"] = {"CpuArchitecture": "ARM64"}
    for _, _, body in _of_type(stacks, "AWS::AutoScaling::AutoScalingGroup"):
        policy = body["Properties"].get("MixedInstancesPolicy", {})
        for each in policy.get("LaunchTemplate", {}).get("Overrides", []):
            family, _, size = str(each.get("InstanceType", "")).partition(".")
            if family in _GRAVITON:
                each["InstanceType"] = f"{_GRAVITON[family]}.{size}"
    return True


def _office_hours(stacks: list[AssembledStack]) -> bool:
    changed = False
    for _, _, body in _of_type(stacks, "AWS::ApplicationAutoScaling::ScalableTarget"):
        target = body["Properties"]
        if target.get("ScheduledActions"):
            continue
        target["ScheduledActions"] = [
            {
                "ScheduledActionName": name,
                "Schedule": schedule,
                "ScalableTargetAction": {
                    "MinCapacity": target["MinCapacity"] if limit is None else limit,
                    "MaxCapacity": target["MaxCapacity"] if limit is None else limit,
                },
            }
            for name, schedule, limit in _OFFICE_HOURS
        ]
        changed = True
    for _, _, body in _of_type(stacks, "AWS::AutoScaling::AutoScalingGroup"):
        body["Properties"]["MinSize"] = "0"
    return changed


def _retention(stacks: list[AssembledStack], days: int) -> bool:
    changed = False
    for _, _, body in _of_type(stacks, "AWS::Logs::LogGroup"):
        group = body["Properties"]
        if int(group.get("RetentionInDays", days + 1)) > days:
            group["RetentionInDays"] = days
            changed = True
    for _, _, body in _of_type(stacks, "AWS::S3::Bucket"):
        rules = body["Properties"].get("LifecycleConfiguration", {}).get("Rules", [])
        for rule in rules:
            if int(rule.get("ExpirationInDays", 0)) > days:
                rule["ExpirationInDays"] = days
    return changed


def _without_insights(stacks: list[AssembledStack]) -> bool:
    clusters = _of_type(stacks, "AWS::ECS::Cluster")
    for _, _, body in clusters:
        body["Properties"]["ClusterSettings"] = []
    return bool(clusters)


def _of_type(
    stacks: list[AssembledStack], type_: str
) -> list[tuple[AssembledStack, str, dict[str, Any]]]:
    return [
        (stack, id_, body)
        for stack in stacks
        for id_, body in stack.template.get("Resources", {}).items()
        if body["Type"] == type_
    ]
