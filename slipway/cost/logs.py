"""Log groups: what comes in, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from slipway.cost.counting import KB_IN_A_GB, MB_IN_A_GB, Count, Item, Month
from slipway.cost.functions import calls, kind_of
from slipway.cost.model import HOURS_IN_A_MONTH, Group, Span
from slipway.cost.pipeline import builds
from slipway.cost.resources import Resource

_GROUP = Group.OBSERVABILITY
_HOURS_IN_A_DAY = 24

# CloudWatch keeps a group without retention for ever; ten years are long enough for a sum.
_FOR_EVER_DAYS = 3653


@dataclass(frozen=True)
class Writer:
    """Who writes into a log group, and how much in a month."""

    what: str
    gigabytes: Span
    because: str
    by_aws: bool = False


def log_group(resource: Resource, month: Month) -> Iterator[Count]:
    """Price a log group by those who write into it."""
    days = int(resource.get("RetentionInDays", _FOR_EVER_DAYS))
    share = month.assumed["stored_share_of_logs"]
    for writer in _writers(resource, month):
        yield Item(
            _GROUP,
            writer.what,
            writer.gigabytes,
            "logs.vended.gb" if writer.by_aws else "logs.custom.gb",
            writer.because,
        )
        kept = Decimal(days * _HOURS_IN_A_DAY) / HOURS_IN_A_MONTH
        yield Item(
            _GROUP,
            f"{writer.what}, kept",
            writer.gigabytes * share * kept,
            "logs.stored.gb-month",
            f"{days} days, compressed to {share}, once they are full",
        )


def _writers(group: Resource, month: Month) -> Iterator[Writer]:
    found = [
        *_tasks(group, month),
        *_flow_logs(group, month),
        *_firewalls(group, month),
        *_functions(group, month),
        *_builds(group, month),
    ]
    if found:
        yield from found
        return
    volume = month.assumed["other_log_gb"]
    yield Writer("other logs", volume, f"{volume} GB into each group")


def _tasks(group: Resource, month: Month) -> Iterator[Writer]:
    assumed = month.assumed
    for definition in month.inventory.of_type("AWS::ECS::TaskDefinition"):
        containers = [
            each
            for each in definition.get("ContainerDefinitions", [])
            if group in month.inventory.named(definition.stack, each.get("LogConfiguration"))
        ]
        if containers:
            yield Writer(
                "logs of tasks",
                month.requests * assumed["log_kb_per_request"] / KB_IN_A_GB,
                f"{assumed['requests_per_second']} requests a second, "
                f"{assumed['log_kb_per_request']} KB for each",
            )


def _flow_logs(group: Resource, month: Month) -> Iterator[Writer]:
    for each in month.inventory.of_type("AWS::EC2::FlowLog"):
        if group in month.inventory.named(each.stack, _destination(each)):
            volume = month.assumed["flow_log_gb"]
            yield Writer("flow logs", volume, f"{volume} GB of the network", by_aws=True)


def _destination(flow_log: Resource) -> Any:
    return flow_log.get("LogGroupName") or flow_log.get("LogDestination")


def _firewalls(group: Resource, month: Month) -> Iterator[Writer]:
    writers = month.inventory.referring(
        "AWS::WAFv2::LoggingConfiguration", group, by="LogDestinationConfigs"
    )
    if writers:
        volume = month.assumed["firewall_log_gb"] * len(writers)
        yield Writer("firewall logs", volume, f"{volume} GB of all firewalls", by_aws=True)


def _functions(group: Resource, month: Month) -> Iterator[Writer]:
    size = month.assumed["log_kb_per_call"]
    name = group.get("LogGroupName")
    for each in month.inventory.of_type("AWS::Lambda::Function"):
        own = f"/aws/lambda/{each.get('FunctionName')}" == name and each.stack == group.stack
        if own or group in month.inventory.named(each.stack, each.get("LoggingConfig")):
            made = calls(each, month)
            yield Writer(
                f"logs of {kind_of(each)}",
                made * size / KB_IN_A_GB,
                f"{made} calls of each, {size} KB for each",
            )
            return


def _builds(group: Resource, month: Month) -> Iterator[Writer]:
    size = month.assumed["build_log_mb"]
    for each in month.inventory.referring("AWS::CodeBuild::Project", group, by="LogsConfig"):
        made = builds(each, month)
        yield Writer(
            "logs of builds",
            made * size / MB_IN_A_GB,
            f"{month.assumed['pipeline_runs']} runs of the pipeline, {size} MB for a build",
        )
