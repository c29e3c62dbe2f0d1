"""What becomes a metric of what is written to a log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slipway.local_aws.log_metrics import Datum, counted, embedded

FILTER: dict[str, Any] = {
    "filterPattern": '{ $.level = "*" }',
    "metricTransformations": [
        {
            "metricNamespace": "Shop",
            "metricName": "Lines",
            "metricValue": "1",
            "unit": "Count",
            "dimensions": {"Level": "$.level"},
        }
    ],
}


def event(**fields: Any) -> dict[str, Any]:
    return {"timestamp": 1_500, "message": json.dumps(fields)}


def test_an_event_counts_with_its_fields_as_dimensions() -> None:
    assert list(counted(FILTER, event(level="error"))) == [
        Datum("Shop", "Lines", (("Level", "error"),), 1.5, "Count", 1.0)
    ]


def test_an_event_without_a_dimension_is_not_counted() -> None:
    """CloudWatch Logs documents that it publishes nothing for it."""
    anything = {**FILTER, "filterPattern": ""}
    assert not list(counted(anything, event(status=500)))
    assert not list(counted(anything, {"timestamp": 1, "message": "plain text"}))


def test_a_metric_may_have_the_value_of_a_field() -> None:
    (transformation,) = FILTER["metricTransformations"]
    timed = {**FILTER, "metricTransformations": [{**transformation, "metricValue": "$.ms"}]}
    (datum,) = counted(timed, event(level="info", ms=12.5))
    assert datum.value == 12.5
    assert not list(counted(timed, event(level="info")))


def test_an_event_carries_each_metric_for_each_set_of_dimensions() -> None:
    """At the time that it says: it may have been written later."""
    message = json.dumps(
        {
            "_aws": {
                "Timestamp": 2_500,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "Shop",
                        "Dimensions": [["Service"], ["Service", "State"]],
                        "Metrics": [{"Name": "Events", "Unit": "Count"}],
                    }
                ],
            },
            "Service": "web",
            "State": "START",
            "Events": 1,
        }
    )
    assert list(embedded(message)) == [
        Datum("Shop", "Events", (("Service", "web"),), 2.5, "Count", 1.0),
        Datum("Shop", "Events", (("Service", "web"), ("State", "START")), 2.5, "Count", 1.0),
    ]


@pytest.mark.parametrize(
    "message", ["plain", '{"level": "info"}', '{"_aws": 1}', '{"_aws": {"Timestamp": 1}}', '"_aws"']
)
def test_other_events_carry_none(message: str) -> None:
    assert list(embedded(message)) == []
