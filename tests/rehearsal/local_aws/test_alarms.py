"""Alarms change state by themselves, with the periods of this machine's clock."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline, "did not become true within 15 seconds"
        time.sleep(0.1)


def state(local_aws: Any, name: str) -> str:
    alarms = local_aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(alarms[0]["StateValue"])


def changes(local_aws: Any, name: str) -> list[str]:
    history = local_aws.client("cloudwatch").describe_alarm_history(AlarmName=name)
    return [item["HistorySummary"] for item in history["AlarmHistoryItems"]]


def put(local_aws: Any, namespace: str, value: float, metric: str = "Errors", **by: str) -> None:
    dimensions = [{"Name": name, "Value": text} for name, text in by.items()]
    local_aws.client("cloudwatch").put_metric_data(
        Namespace=namespace,
        MetricData=[{"MetricName": metric, "Value": value, "Dimensions": dimensions}],
    )


def alarm(local_aws: Any, namespace: str, **settings: Any) -> str:
    name = f"alarm-{uuid.uuid4().hex[:8]}"
    metric = {
        "Namespace": namespace,
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 60,
        "Dimensions": [{"Name": "Service", "Value": "web"}],
    }
    local_aws.client("cloudwatch").put_metric_alarm(
        **{
            **({} if "Metrics" in settings else metric),
            "AlarmName": name,
            "EvaluationPeriods": 1,
            "Threshold": 2,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            **settings,
        }
    )
    return name


def test_an_alarm_fires_for_its_own_dimensions_only_and_calms_down_by_itself(
    local_aws: Any,
) -> None:
    namespace = f"test-{uuid.uuid4().hex[:8]}"
    name = alarm(local_aws, namespace)
    eventually(lambda: state(local_aws, name) == "OK")
    put(local_aws, namespace, 5, Service="other")
    time.sleep(2.5)
    assert state(local_aws, name) == "OK"
    put(local_aws, namespace, 5, Service="web")
    eventually(lambda: state(local_aws, name) == "ALARM")
    eventually(lambda: state(local_aws, name) == "OK")
    assert "Alarm updated from OK to ALARM" in changes(local_aws, name)
    assert "Alarm updated from ALARM to OK" in changes(local_aws, name)


def test_metric_math_adds_up_what_several_functions_report(local_aws: Any) -> None:
    namespace = f"test-{uuid.uuid4().hex[:8]}"
    queries = [
        {"Id": "sum", "Expression": "FILL(m0, 0)+FILL(m1, 0)", "ReturnData": True},
        *(
            {
                "Id": f"m{number}",
                "ReturnData": False,
                "MetricStat": {
                    "Metric": {"Namespace": namespace, "MetricName": f"Errors{number}"},
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
            for number in range(2)
        ),
    ]
    name = alarm(local_aws, namespace, Metrics=queries)
    eventually(lambda: state(local_aws, name) == "OK")
    put(local_aws, namespace, 3, metric="Errors1")
    eventually(lambda: state(local_aws, name) == "ALARM")


def test_a_state_that_was_set_holds_until_the_next_evaluation(local_aws: Any) -> None:
    name = alarm(local_aws, f"test-{uuid.uuid4().hex[:8]}")
    eventually(lambda: state(local_aws, name) == "OK")
    local_aws.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue="ALARM", StateReason="test"
    )
    eventually(lambda: "Alarm updated from ALARM to OK" in changes(local_aws, name))
    assert "Alarm updated from OK to ALARM" in changes(local_aws, name)
