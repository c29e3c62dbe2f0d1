"""What is read of both sides while a release runs, and what is said where it can't be."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from slipway.release import Health, Instruments

NOON = datetime(2026, 11, 20, 12, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ARN = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:"


@pytest.fixture
def readable(aws: Any) -> Any:
    """Let both target groups, their metrics and alarms be read."""
    aws.metrics = {}
    aws.codedeploy.operations["get_deployment_group"] = lambda **_: {
        "deploymentGroupInfo": {
            "loadBalancerInfo": {
                "targetGroupPairInfoList": [{"targetGroups": [{"name": "one"}, {"name": "two"}]}]
            }
        }
    }
    aws.elbv2.operations |= {
        "describe_target_groups": lambda Names: {  # noqa: N803
            "TargetGroups": [
                {
                    "TargetGroupName": name,
                    "TargetGroupArn": f"{ARN}targetgroup/{name}/1a",
                    "LoadBalancerArns": [f"{ARN}loadbalancer/app/shop/2b"],
                }
                for name in Names
            ]
        },
        "describe_target_health": lambda TargetGroupArn: {  # noqa: N803
            "TargetHealthDescriptions": [
                {"TargetHealth": {"State": state}}
                for state in (
                    ("healthy", "healthy", "unhealthy.draining")
                    if "one" in TargetGroupArn
                    else ("initial", "draining")
                )
            ]
        },
    }

    def metric_data(**asked: Any) -> Any:
        results = []
        for query in asked["MetricDataQueries"]:
            statistic = query["MetricStat"]
            group = statistic["Metric"]["Dimensions"][0]["Value"].split("/")[1]
            points = aws.metrics.get((group, statistic["Metric"]["MetricName"], statistic["Stat"]))
            within = {
                time: value
                for time, value in (points or {}).items()
                if asked["StartTime"] <= time < asked["EndTime"]
            }
            results.append(
                {
                    "Id": query["Id"],
                    "Timestamps": list(within),
                    "Values": list(within.values()),
                }
            )
        return {"MetricDataResults": results}

    aws.cloudwatch.operations |= {
        "get_metric_data": metric_data,
        "describe_alarms": lambda AlarmNames: {  # noqa: N803
            "MetricAlarms": [{"AlarmName": name, "StateValue": "OK"} for name in AlarmNames]
        },
    }
    return aws


def at(minute: int) -> datetime:
    return NOON.replace(second=0) + minute * MINUTE


def test_targets_are_counted_by_their_states(readable: Any, target: Any) -> None:
    health = Instruments(readable.clients, target).read(NOON).health
    assert health == {
        "one": Health(healthy=2, unhealthy=1),
        "two": Health(initial=1, draining=1),
    }


def test_requests_are_those_of_the_last_whole_interval_that_is_known(
    readable: Any, target: Any
) -> None:
    readable.metrics = {
        ("one", "RequestCount", "Sum"): {at(-3): 600.0, at(-2): 1200.0, at(0): 9.0},
        ("one", "HTTPCode_Target_5XX_Count", "Sum"): {at(-2): 10.0},
        ("one", "TargetConnectionErrorCount", "Sum"): {at(-2): 2.0},
        ("one", "TargetResponseTime", "p50"): {at(-2): 0.012},
        ("one", "TargetResponseTime", "p99"): {at(-2): 0.5},
    }
    found = Instruments(readable.clients, target).read(NOON).requests
    assert found["one"].end == at(-1)
    assert found["one"].per_second == 20
    assert found["one"].error_percent == 1
    assert found["one"].p50 == timedelta(milliseconds=12)
    assert found["one"].p99 == timedelta(milliseconds=500)
    assert found["two"].end == at(-1), "without requests there are no metrics"
    assert found["two"].per_second == found["two"].error_percent == 0
    assert found["two"].p99 is None


def test_one_call_asks_for_all_metrics_by_both_dimensions(readable: Any, target: Any) -> None:
    instruments = Instruments(readable.clients, target)
    for second in range(0, 20, 5):
        instruments.read(NOON + timedelta(seconds=second))
    (asked,) = readable.cloudwatch.asked("get_metric_data")
    dimensions = {
        tuple((each["Name"], each["Value"]) for each in query["MetricStat"]["Metric"]["Dimensions"])
        for query in asked["MetricDataQueries"]
    }
    balancer = ("LoadBalancer", "app/shop/2b")
    assert dimensions == {
        (("TargetGroup", "targetgroup/one/1a"), balancer),
        (("TargetGroup", "targetgroup/two/1a"), balancer),
    }
    assert len(readable.elbv2.asked("describe_target_groups")) == 1
    instruments.read(NOON + timedelta(seconds=20))
    assert len(readable.cloudwatch.asked("get_metric_data")) == 2


def test_alarms_are_asked_for_at_once(readable: Any, target: Any) -> None:
    alarms = Instruments(readable.clients, target).read(NOON).alarms
    assert alarms == {"errors-blue": "OK", "errors-green": "OK"}
    assert len(readable.cloudwatch.asked("describe_alarms")) == 1


@pytest.mark.parametrize(
    ("service", "operation", "unknown"),
    [
        ("elbv2", "describe_target_health", "health"),
        ("cloudwatch", "get_metric_data", "requests"),
        ("cloudwatch", "describe_alarms", "alarms"),
    ],
)
@pytest.mark.parametrize("said", ["AccessDenied", "Throttling", "InternalFailure", "no network"])
def test_what_cannot_be_read_is_named_and_the_rest_is_read(
    readable: Any, target: Any, service: str, operation: str, unknown: str, said: str
) -> None:
    def refuse(**_: Any) -> Any:
        if said == "no network":
            raise EndpointConnectionError(endpoint_url="https://example.com")
        raise readable.refusal(said)

    getattr(readable, service).operations[operation] = refuse
    vitals = Instruments(readable.clients, target).read(NOON)
    words = {
        "AccessDenied": "not allowed: Operation",
        "Throttling": "throttled",
        "no network": "no answer",
    }
    assert vitals.unknown == {unknown: words.get(said, said)}
    known = {"health": vitals.health, "alarms": vitals.alarms}
    assert all(known[name] for name in known if name != unknown)


def test_a_group_that_nobody_may_look_at_leaves_the_alarms(readable: Any, target: Any) -> None:
    def refuse(**_: Any) -> Any:
        raise readable.refusal("AccessDeniedException")

    readable.codedeploy.operations["get_deployment_group"] = refuse
    vitals = Instruments(readable.clients, target).read(NOON)
    assert set(vitals.unknown) == {"health", "requests"}
    assert vitals.alarms


def test_a_long_history_has_a_few_hundred_intervals_at_most(readable: Any, target: Any) -> None:
    readable.metrics = {("one", "RequestCount", "Sum"): {at(0) + timedelta(hours=1): 5.0}}
    instruments = Instruments(readable.clients, target)
    found = instruments.history(at(0), at(0) + timedelta(hours=110))
    (asked,) = readable.cloudwatch.asked("get_metric_data")
    period = asked["MetricDataQueries"][0]["MetricStat"]["Period"]
    assert period % 60 == 0
    assert timedelta(hours=110) / timedelta(seconds=period) <= 240
    assert [each.count for each in found["one"]] == [5]


def test_pages_of_metrics_are_read_to_the_last(readable: Any, target: Any) -> None:
    pages = iter(
        [
            {
                "MetricDataResults": [
                    {"Id": "count_0", "Timestamps": [at(-2)], "Values": [60.0]},
                ],
                "NextToken": "more",
            },
            {"MetricDataResults": [{"Id": "count_0", "Timestamps": [at(-1)], "Values": [90.0]}]},
        ]
    )
    readable.cloudwatch.operations["get_metric_data"] = lambda **_: next(pages)
    found = Instruments(readable.clients, target).history(at(-5), NOON)
    assert [each.count for each in found["one"]] == [60, 90]


def test_a_history_that_cannot_be_read_is_empty(readable: Any, target: Any) -> None:
    def refuse(**_: Any) -> Any:
        raise readable.refusal("AccessDenied")

    readable.cloudwatch.operations["get_metric_data"] = refuse
    assert Instruments(readable.clients, target).history(at(-5), NOON) == {}
