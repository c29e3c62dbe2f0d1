"""What runs tasks: Fargate, and the EC2 instances of an Auto Scaling group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import ceil
from typing import Any

from slipway.cost.counting import HOURS, Count, Free, Item, Month, Unknown
from slipway.cost.model import HOURS_IN_A_MONTH, Group, Span
from slipway.cost.resources import Resource
from slipway.cost.schedule import awake, by_minute, group_changes, hours_of
from slipway.cost.tasks import FARGATE, FARGATE_SPOT, Tasks, tasks_of, tasks_on_instances

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html
_FREE_STORAGE_GB = 20

# https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html and its neighbours.
_VCPUS = {"medium": 1, "large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32}
_GB_FOR_A_VCPU = {"c": 2, "m": 4, "r": 8}


def service(resource: Resource, month: Month) -> Iterator[Count]:
    """Price the tasks of an ECS service, those on Fargate."""
    tasks = tasks_of(resource, month)
    if tasks is None:
        yield Unknown("its task definition is in none of these templates")
        return
    for provider, price in ((FARGATE, "fargate"), (FARGATE_SPOT, "fargate-spot")):
        yield from _on_fargate(tasks, month, provider, price)
    if any(each.provider not in {FARGATE, FARGATE_SPOT} for each in tasks.shares):
        yield Free("tasks on instances cost what the instances cost")


def _on_fargate(tasks: Tasks, month: Month, provider: str, price: str) -> Iterator[Item]:
    running, released = tasks.hours_on(provider), tasks.released_on(provider)
    name = "Fargate Spot" if provider == FARGATE_SPOT else "Fargate"
    hours = Span.of(awake(tasks.states))
    for what, hours_of_tasks, because in (
        ("", running, f"{tasks.limits} tasks for {hours} hours, {name}'s share of them"),
        (
            ", in releases",
            released,
            f"a second set of tasks for {tasks.release_hours} hours: "
            f"{month.assumed['releases']} releases",
        ),
    ):
        if not hours_of_tasks.high:
            continue
        for unit, size, key in (
            ("vCPU", tasks.vcpu, "vcpu-hour"),
            ("memory", tasks.memory_gb, "gb-hour"),
        ):
            yield Item(
                Group.COMPUTE,
                f"{name} {unit}{what}",
                hours_of_tasks * size,
                f"{price}.{tasks.architecture}.{key}",
                f"{because}; {Span.of(size)} {'GB' if unit == 'memory' else unit} each",
            )
    extra = max(0, tasks.storage_gb - _FREE_STORAGE_GB)
    if extra and running.high:
        yield Item(
            Group.COMPUTE,
            f"{name} storage",
            (running + released) * extra,
            "fargate.storage-gb-hour",
            f"{tasks.storage_gb} GB for each task, of which {_FREE_STORAGE_GB} are free",
        )


def auto_scaling_group(resource: Resource, month: Month) -> Iterator[Count]:
    """Price the instances of an Auto Scaling group, and their volumes."""
    types = _instance_types(resource, month)
    if not types:
        yield Unknown("its instance type is in none of these templates")
        return
    hours, because = _instance_hours(resource, month, types[0])
    for what, share, factor in _shares(resource, month):
        if not share:
            continue
        why = "" if factor == Span.of(1) else f"; Spot at {factor} of the On-Demand price"
        yield Item(
            Group.COMPUTE,
            f"{types[0]} {what}",
            hours * share * factor,
            f"ec2.{types[0]}.hour",
            f"{because}{why}",
        )
    for type_, size in _volumes(resource, month):
        yield Item(
            Group.COMPUTE,
            f"{type_} volumes of instances",
            hours / HOURS_IN_A_MONTH * size,
            f"ebs.{type_}.gb-month",
            f"{size} GB for each instance",
        )


def _instance_hours(group: Resource, month: Month, type_: str) -> tuple[Span, str]:
    """Return the hours of all instances together, and what they rest on.

    In the low case there are as many as hold the fewest tasks of the moment, and in the high case
    as many as there may be while any task may run; else the group's own minimum.
    """
    minimum, maximum = int(group["MinSize"]), int(group["MaxSize"])
    changes = group_changes(_actions(group, month), minimum, maximum)
    tasks = [
        each
        for provider in month.inventory.referring(
            "AWS::ECS::CapacityProvider", group, by="AutoScalingGroupProvider"
        )
        for each in tasks_on_instances(provider, month)
    ]
    of_tasks = [by_minute(each.minimum, each.maximum, each.changes) for each in tasks]
    moments = Counter(zip(by_minute(minimum, maximum, changes), *of_tasks, strict=True))
    low = high = used = 0
    most_needed = 0
    for ((fewest, most), *limits), minutes in moments.items():
        needed = min(most, _instances_for(tasks, [each[0] for each in limits], type_))
        may_run = any(each[1] for each in limits) or not tasks
        low += max(fewest, needed) * minutes
        high += (most if may_run else fewest) * minutes
        used += minutes if may_run or fewest else 0
        most_needed = max(most_needed, needed)
    return (
        Span(hours_of(low), hours_of(high)),
        f"{minimum} to {maximum} instances, {most_needed} for the fewest tasks; "
        f"{Span.of(hours_of(used))} hours",
    )


def _instances_for(tasks: list[Tasks], counts: list[int], type_: str) -> int:
    """Return how many instances hold so many of each service's tasks, by CPU and memory."""
    pairs = list(zip(tasks, counts, strict=True))
    vcpu = sum((each.vcpu * count for each, count in pairs), Decimal(0))
    memory = sum((each.memory_gb * count for each, count in pairs), Decimal(0))
    size = _VCPUS.get(type_.partition(".")[2])
    ratio = _GB_FOR_A_VCPU.get(type_[0])
    if size is None or ratio is None:
        return 1 if vcpu or memory else 0
    return max(ceil(vcpu / size), ceil(memory / (size * ratio)))


def _shares(group: Resource, month: Month) -> list[tuple[str, Decimal, Span]]:
    """Return the parts that are On-Demand and Spot, and how much of the price each costs."""
    distribution = group.get("MixedInstancesPolicy", {}).get("InstancesDistribution", {})
    if int(distribution.get("OnDemandBaseCapacity", 0)) >= int(group["MaxSize"]):
        on_demand = Decimal(1)
    else:
        on_demand = Decimal(distribution.get("OnDemandPercentageAboveBaseCapacity", 100)) / 100
    return [
        ("On-Demand", on_demand, Span.of(1)),
        ("Spot, as On-Demand", 1 - on_demand, month.assumed["ec2_spot_share_of_price"]),
    ]


def _instance_types(group: Resource, month: Month) -> list[str]:
    """Return the types, the one that is taken first in front.

    Without another strategy, On-Demand instances are taken in the order of the list.
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/allocation-strategies.html
    """
    overrides = group.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("Overrides", [])
    types = [each["InstanceType"] for each in overrides if "InstanceType" in each]
    if types:
        return types
    data = [each.get("LaunchTemplateData", {}) for each in _launch_templates(group, month)]
    return [each["InstanceType"] for each in data if "InstanceType" in each]


def _volumes(group: Resource, month: Month) -> Iterator[tuple[str, int]]:
    for template in _launch_templates(group, month):
        for device in template.get("LaunchTemplateData", {}).get("BlockDeviceMappings", []):
            volume = device.get("Ebs", {})
            yield volume.get("VolumeType", "gp2"), int(volume.get("VolumeSize", 8))


def _launch_templates(group: Resource, month: Month) -> list[Resource]:
    policy = group.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    named = policy.get("LaunchTemplateSpecification") or group.get("LaunchTemplate")
    found = dict.fromkeys(month.inventory.named(group.stack, named))
    return [each for each in found if each.type == "AWS::EC2::LaunchTemplate"]


def _actions(group: Resource, month: Month) -> list[Mapping[str, Any]]:
    return [
        each.properties
        for each in month.inventory.of_type("AWS::AutoScaling::ScheduledAction")
        if group in month.inventory.named(each.stack, each.get("AutoScalingGroupName"))
    ]


def cluster(resource: Resource, month: Month) -> Iterator[Count]:
    """Price what Container Insights measures of a cluster.

    See https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-container-insights.html
    """
    settings = {each["Name"]: each["Value"] for each in resource.get("ClusterSettings", [])}
    kind = settings.get("containerInsights", "disabled")
    if kind == "disabled":
        yield Free("a cluster costs nothing, and Container Insights is off")
        return
    services = [
        each
        for each in (
            tasks_of(one, month)
            for one in month.inventory.of_type("AWS::ECS::Service")
            if resource in month.inventory.named(one.stack, one.get("Cluster"))
        )
        if each
    ]
    tasks = sum((each.hours for each in services), Span.of(0)) / HOURS
    assumed = month.assumed
    yield Item(
        Group.OBSERVABILITY,
        "metrics of Container Insights",
        assumed["cluster_metrics"]
        + assumed["service_metrics"] * len(services)
        + tasks * assumed["task_metrics"],
        "metric.container-insights" if kind == "enhanced" else "metric.custom",
        f"{assumed['cluster_metrics']} of the cluster, {assumed['service_metrics']} of each of "
        f"{len(services)} services, {assumed['task_metrics']} of each of {tasks} tasks",
    )
