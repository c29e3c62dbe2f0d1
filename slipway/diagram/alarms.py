"""What an alarm watches, and when it fires."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slipway.diagram import units
from slipway.diagram.templates import Resource, Templates, text_of


@dataclass(frozen=True)
class Alarm:
    """An alarm that stops a release."""

    resource: Resource
    name: str
    """Without what it belongs to: ``server errors``."""
    fires: str
    """Such as ``5 or more in 1 min``; empty where it isn't one metric."""
    colour: str
    """``blue`` or ``green``: whose target group it watches; empty where it watches neither."""


def alarm(
    templates: Templates, resource: Resource, target_groups: Sequence[Resource], service: str
) -> Alarm:
    """Read an alarm of a service, which watches one of these target groups or neither."""
    properties = resource.properties
    watched = list(templates.all_referred_to(properties.get("Dimensions"), resource.stack))
    colour = next(
        (
            colour
            for colour, group in zip(("blue", "green"), target_groups, strict=False)
            if group in watched
        ),
        "",
    )
    name = text_of(properties.get("AlarmName")) or resource.id
    name = name.rpartition(f"-{service}-")[2].removeprefix(f"{colour}-")
    return Alarm(resource, name.replace("-", " "), _fires(resource), colour)


def _fires(resource: Resource) -> str:
    properties = resource.properties
    if "Threshold" not in properties or "MetricName" not in properties:
        return ""
    threshold = float(properties["Threshold"])
    statistic = str(properties.get("ExtendedStatistic") or "")
    is_time = "Time" in str(properties["MetricName"])
    limit = units.seconds(threshold) if is_time else f"{threshold:g}"
    periods = int(properties.get("EvaluationPeriods", 1))
    span = units.seconds(float(properties.get("Period", 60)) * periods)
    compared = _COMPARED.get(str(properties.get("ComparisonOperator")), "{}").format(limit)
    how_long = f"{'in' if periods == 1 else 'for'} {span}"
    return " ".join(part for part in (statistic, compared, how_long) if part)


_COMPARED = {
    "GreaterThanOrEqualToThreshold": "{} or more",
    "GreaterThanThreshold": "more than {}",
    "LessThanOrEqualToThreshold": "{} or less",
    "LessThanThreshold": "less than {}",
}
