"""Alarms, dashboards, canaries and the metrics of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from slipway.cost.counting import SECONDS, Count, Free, Item, Month
from slipway.cost.model import Group, Span
from slipway.cost.resources import Resource
from slipway.cost.schedule import every_minutes

_GROUP = Group.OBSERVABILITY
_MINUTE = 60

# What Synthetics gives a canary that asks for nothing else: undocumented, its function's log
# says so.
_CANARY_MB = 1000

# The AWS Distro for OpenTelemetry, and how it is configured in ECS.
# https://aws-otel.github.io/docs/setup/ecs/config-through-ssm
_COLLECTOR = "aws-otel-collector"
_CONFIGURATION = "AOT_CONFIG_CONTENT"


def alarm(resource: Resource, _month: Month) -> Iterator[Count]:
    """Price an alarm: each metric that it looks at counts."""
    looked_at = [each["MetricStat"] for each in resource.get("Metrics", []) if "MetricStat" in each]
    periods = [int(each.get("Period", _MINUTE)) for each in looked_at]
    periods = periods or [int(resource.get("Period", _MINUTE))]
    high = min(periods) < _MINUTE
    yield Item(
        _GROUP,
        "metrics of alarms" + (" of high resolution" if high else ""),
        Span.of(len(periods)),
        "alarm.high-resolution" if high else "alarm.standard",
        "each metric that an alarm looks at",
    )


def composite_alarm(_resource: Resource, _month: Month) -> Iterator[Count]:
    """Price a composite alarm."""
    yield Item(_GROUP, "composite alarms", Span.of(1), "alarm.composite", "each")


def dashboard(_resource: Resource, _month: Month) -> Iterator[Count]:
    """Price a dashboard; an account's first three are free, and may be others."""
    yield Item(
        _GROUP, "dashboards", Span.of(1), "dashboard", "each; an account's first three are free"
    )


def metric_filter(resource: Resource, month: Month) -> Iterator[Count]:
    """Price the metrics that come out of a log: with dimensions, one for each of their values."""
    values = month.assumed["metric_values"]
    for each in resource.get("MetricTransformations", []):
        by_value = bool(each.get("Dimensions"))
        yield Item(
            _GROUP,
            "metrics from logs",
            values if by_value else Span.of(1),
            "metric.custom",
            f"one for each of {values} values" if by_value else "one of each filter",
        )


def canary(resource: Resource, month: Month) -> Iterator[Count]:
    """Price the runs of a canary, and the function that Synthetics makes of it."""
    expression = resource.get("Schedule", {}).get("Expression", "")
    minutes = every_minutes(str(expression))
    apart = month.assumed["canary_minutes"] if minutes is None else Span.of(minutes)
    runs = Span.of(SECONDS / _MINUTE) / apart
    because = f"one every {apart} minutes"
    yield Item(_GROUP, "runs of canaries", runs, "canary.run", because)
    memory = Decimal(resource.get("RunConfig", {}).get("MemoryInMB", _CANARY_MB)) / 1024
    seconds = month.assumed["canary_seconds"]
    yield Item(
        Group.EVENTS,
        "run time of canaries",
        runs * seconds * memory,
        "lambda.x86.gb-second",
        f"{because}, {seconds} seconds with {Span.of(memory)} GB",
    )


def task_definition(resource: Resource, month: Month) -> Iterator[Count]:
    """Price what a task definition makes tasks send; tasks are counted with their service."""
    if not has_collector(resource.get("ContainerDefinitions", [])):
        yield Free("tasks are counted with their service")
        return
    share = _sampled(resource) or month.assumed["trace_share"]
    yield Item(
        _GROUP,
        "traces",
        month.requests * share,
        "xray.trace",
        f"{share} of {month.assumed['requests_per_second']} requests a second",
    )


def has_collector(containers: list[dict[str, Any]]) -> bool:
    """Tell whether one of a task's containers collects traces."""
    return any(
        _COLLECTOR in str(each.get("Image", "")) or _CONFIGURATION in _variables(each)
        for each in containers
    )


def _sampled(definition: Resource) -> Span | None:
    """Return which share of requests the containers are told to trace."""
    for each in definition.get("ContainerDefinitions", []):
        share = _variables(each).get("OTEL_TRACES_SAMPLER_ARG")
        if isinstance(share, str):
            return Span.of(share)
    return None


def _variables(container: dict[str, Any]) -> dict[str, Any]:
    return {each["Name"]: each.get("Value") for each in container.get("Environment", [])}
