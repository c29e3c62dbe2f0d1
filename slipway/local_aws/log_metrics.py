"""Metrics out of log events: those that metric filters count, and those that events carry.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import error_response_json

from slipway.local_aws.log_patterns import UnsupportedPatternError, matcher, value_at
from slipway.local_aws.machine import Machine

logger = logging.getLogger(__name__)

Record = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Datum:
    """A value of a metric."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    seconds: float
    unit: str
    value: float


def install(machine: Machine) -> None:
    """Look at each event that is written to a log, however it gets there."""
    from ministack.services import cloudwatch_logs

    append, put = cloudwatch_logs._append_log_events, cloudwatch_logs._put_metric_filter

    def append_log_events(stream: Record, events: list[Record]) -> None:
        append(stream, events)
        filters = [
            each
            for each in cloudwatch_logs._metric_filters.values()
            if _holds(cloudwatch_logs._log_groups.get(each["logGroupName"]), stream)
        ]
        for event in events:
            _store(embedded(event["message"]))
            for each in filters:
                _store(counted(each, event))

    def put_metric_filter(request: Record) -> Response:
        try:
            matcher(request.get("filterPattern", ""))
        except UnsupportedPatternError as error:
            refused: Response = error_response_json(
                "InvalidParameterException", f"Invalid metric filter pattern: {error}", 400
            )
            return refused
        answer: Response = put(request)
        return answer

    cloudwatch_logs._append_log_events = append_log_events
    cloudwatch_logs._put_metric_filter = put_metric_filter


def counted(metric_filter: Record, event: Record) -> Iterator[Datum]:
    """Yield what a metric filter makes of an event.

    A dimension is a field of a JSON event; an event without one of them is not counted.
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
    """
    message = event["message"]
    if not matcher(metric_filter["filterPattern"])(message):
        return
    fields = json.loads(message) if message.lstrip().startswith("{") else {}
    for each in metric_filter["metricTransformations"]:
        dimensions = {
            key: value_at(selector, fields)
            for key, selector in (each.get("dimensions") or {}).items()
        }
        written = str(each["metricValue"])
        value = value_at(written, fields) if written.startswith("$") else float(written)
        if None not in dimensions.values() and isinstance(value, int | float):
            yield Datum(
                each["metricNamespace"],
                each["metricName"],
                tuple((key, str(found)) for key, found in dimensions.items()),
                event["timestamp"] / 1000,
                each.get("unit", "None"),
                float(value),
            )


def embedded(message: str) -> Iterator[Datum]:
    """Yield the metrics that an event carries in the embedded metric format."""
    if '"_aws"' not in message:
        return
    try:
        fields = json.loads(message)
        metadata = fields["_aws"]
        for directive in metadata["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                for metric in directive["Metrics"]:
                    yield Datum(
                        directive["Namespace"],
                        metric["Name"],
                        tuple((name, str(fields[name])) for name in names),
                        metadata["Timestamp"] / 1000,
                        metric.get("Unit", "None"),
                        float(fields[metric["Name"]]),
                    )
    except (KeyError, TypeError, ValueError) as error:
        logger.warning("an event with _aws carries no metric: %r: %s", error, message[:200])


def _holds(group: Record | None, stream: Record) -> bool:
    return group is not None and any(each is stream for each in group["streams"].values())


def _store(data: Iterable[Datum]) -> None:
    from ministack.services import cloudwatch

    for each in data:
        cloudwatch._store_datum(
            each.namespace,
            each.name,
            dict(each.dimensions),
            each.seconds,
            each.unit,
            each.value,
            None,
            None,
            None,
        )
