"""Alarms change state by themselves, with the periods of this machine's clock."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from waiting import eventually


def state(local_aws: Any, name: str) -> str:
    alarms = local_aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(alarms[0]["StateValue"])


def changes(local_aws: Any, name: str) -> list[str]:
    history = local_aws.client("cloudwatch").describe_alarm_history(AlarmName=name)
    return [item["HistorySummary"] for item in history["AlarmHistoryItems"]]


def becomes(local_aws: Any, name: str, *states: str) -> None:
    """Wait until an alarm has gone from one state to the next; the last one may be over again."""
    change = "Alarm updated from {} to {}".format(*states)
    eventually(
        lambda: change in changes(local_aws, name), lambda: f"{change}: {changes(local_aws, name)}"
    )


def is_evaluated(local_aws: Any, name: str) -> None:
    eventually(lambda: state(local_aws, name) == "OK", f"an evaluation of {name}")


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
    other = alarm(local_aws, namespace, Dimensions=[{"Name": "Service", "Value": "other"}])
    for each in (name, other):
        is_evaluated(local_aws, each)
    put(local_aws, namespace, 5, Service="other")
    # It was made later, and so it is evaluated later, too.
    becomes(local_aws, other, "OK", "ALARM")
    assert "Alarm updated from OK to ALARM" not in changes(local_aws, name)
    put(local_aws, namespace, 5, Service="web")
    becomes(local_aws, name, "OK", "ALARM")
    becomes(local_aws, name, "ALARM", "OK")


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
    is_evaluated(local_aws, name)
    put(local_aws, namespace, 3, metric="Errors1")
    becomes(local_aws, name, "OK", "ALARM")


def test_a_state_that_was_set_holds_until_the_next_evaluation(local_aws: Any) -> None:
    name = alarm(local_aws, f"test-{uuid.uuid4().hex[:8]}")
    is_evaluated(local_aws, name)
    local_aws.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue="ALARM", StateReason="test"
    )
    becomes(local_aws, name, "ALARM", "OK")
    assert "Alarm updated from OK to ALARM" in changes(local_aws, name)


def test_missing_tasks_are_what_is_desired_and_neither_runs_nor_is_healthy(local_aws: Any) -> None:
    """The expression of a service's alarm: one target group is always without any value."""
    namespace = f"test-{uuid.uuid4().hex[:8]}"
    names = ("desired", "running", "healthy1", "healthy2")
    queries = [
        {
            "Id": "missing",
            "Expression": "desired - MIN([running, SUM([FILL(healthy1, 0), FILL(healthy2, 0)])])",
        },
        *(
            {
                "Id": name,
                "ReturnData": False,
                "MetricStat": {
                    "Metric": {"Namespace": namespace, "MetricName": name},
                    "Period": 60,
                    "Stat": "Average",
                },
            }
            for name in names
        ),
    ]
    name = alarm(local_aws, namespace, Metrics=queries, Threshold=1)
    is_evaluated(local_aws, name)

    def is_after(healthy: int, wanted: str) -> bool:
        """Publish once more, and look."""
        for metric, value in (("desired", 2), ("running", 2), ("healthy2", healthy)):
            put(local_aws, namespace, value, metric=metric)
        return state(local_aws, name) == wanted

    eventually(lambda: is_after(1, "ALARM"), "an alarm while a task is missing")
    eventually(lambda: is_after(2, "OK"), "its end")


def composite(local_aws: Any, child: str, **settings: Any) -> str:
    name = f"composite-{uuid.uuid4().hex[:8]}"
    local_aws.client("cloudwatch").put_composite_alarm(
        AlarmName=name, AlarmRule=f'ALARM("{child}")', **settings
    )
    return name


def described(local_aws: Any, name: str) -> Any:
    (found,) = local_aws.client("cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["CompositeAlarm"]
    )["CompositeAlarms"]
    return found


def queue_of(local_aws: Any, topic: str) -> str:
    sqs = local_aws.client("sqs")
    url = str(sqs.create_queue(QueueName=f"queue-{uuid.uuid4().hex[:8]}")["QueueUrl"])
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    local_aws.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"]
    )
    return url


def test_an_alarm_is_told_once_its_suppressor_is_over_and_not_before(local_aws: Any) -> None:
    namespace = f"test-{uuid.uuid4().hex[:8]}"
    cloudwatch = local_aws.client("cloudwatch")
    topic = local_aws.client("sns").create_topic(Name=namespace)["TopicArn"]
    queue = queue_of(local_aws, topic)
    child = alarm(local_aws, namespace)
    # Missing data leaves it as it was set.
    suppressor = alarm(local_aws, f"{namespace}-other", TreatMissingData="ignore")
    is_evaluated(local_aws, child)
    cloudwatch.set_alarm_state(AlarmName=suppressor, StateValue="ALARM", StateReason="a release")
    name = composite(
        local_aws,
        child,
        AlarmActions=[topic],
        ActionsSuppressor=suppressor,
        ActionsSuppressorWaitPeriod=60,
        ActionsSuppressorExtensionPeriod=0,
    )

    def fires() -> bool:
        put(local_aws, namespace, 5, Service="web")
        return bool(described(local_aws, name)["StateValue"] == "ALARM")

    def received() -> list[Any]:
        put(local_aws, namespace, 5, Service="web")
        return list(local_aws.client("sqs").receive_message(QueueUrl=queue).get("Messages", []))

    eventually(fires, "the composite alarm")
    assert described(local_aws, name)["ActionsSuppressedBy"] == "Alarm"
    assert not received()
    cloudwatch.set_alarm_state(AlarmName=suppressor, StateValue="OK", StateReason="it is over")
    told: list[Any] = []

    def is_told() -> bool:
        told.extend(received())
        return bool(told)

    eventually(is_told, "a message")
    assert name in told[0]["Body"]
    assert "ActionsSuppressedBy" not in described(local_aws, name)


def test_a_suppressor_without_its_periods_is_refused(local_aws: Any) -> None:
    child = alarm(local_aws, f"test-{uuid.uuid4().hex[:8]}")
    with pytest.raises(ClientError, match="ActionsSuppressorWaitPeriod"):
        composite(local_aws, child, ActionsSuppressor=child)


def test_a_metric_filter_that_would_be_misread_is_refused(local_aws: Any) -> None:
    logs = local_aws.client("logs")
    group = f"/test/{uuid.uuid4().hex[:8]}"
    logs.create_log_group(logGroupName=group)
    with pytest.raises(ClientError, match="Invalid metric filter pattern"):
        logs.put_metric_filter(
            logGroupName=group,
            filterName="any",
            filterPattern="?ERROR ?WARN",
            metricTransformations=[
                {"metricName": "Any", "metricNamespace": "Test", "metricValue": "1"}
            ],
        )
