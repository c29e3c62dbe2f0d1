"""Who is called, and for what."""

from typing import Any

import pytest

ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
TOPIC = "arn:aws:sns:us-east-1:000000000000:shop-local-notifications"


def composite(template: Any, ending: str) -> Any:
    (found,) = [
        each for each in template.each(COMPOSITE) if each["AlarmName"].endswith(f"-{ending}")
    ]
    return found


def metric_alarm(template: Any, ending: str) -> Any:
    (found,) = [each for each in template.each(ALARM) if each["AlarmName"].endswith(f"-{ending}")]
    return found


def rule(template: Any, alarm: Any) -> str:
    """The rule, with the names of this template's alarms for their references."""
    parts = alarm["AlarmRule"]["Fn::Join"][1]
    return "".join(
        part
        if isinstance(part, str)
        else str(template.of(ALARM)[part["Fn::GetAtt"][0]]["Properties"]["AlarmName"])
        for part in parts
    )


@pytest.mark.parametrize("ending", ["traffic", "tasks"])
def test_an_alarm_that_calls_people_says_also_when_it_is_over(storefront: Any, ending: str) -> None:
    """By the topic's name, which is computed: the topic's stack looks at this one."""
    alarm = composite(storefront, ending)
    assert alarm["AlarmActions"] == alarm["OKActions"] == [TOPIC]
    assert not storefront.of("AWS::SNS::Topic")


@pytest.mark.parametrize("service", ["storefront", "api"])
def test_the_traffic_alarm_fires_for_what_callers_notice_only(changed: Any, service: str) -> None:
    """A task that is replaced and a hook that crashes wake nobody up."""
    template = changed[f"shop-local-{service}"]
    kinds = ["server-errors", "connection-errors", *(["latency"] if service != "api" else [])]
    named = [
        f"shop-local-{service}-{color}-{kind}" for color in ("blue", "green") for kind in kinds
    ]
    written = " OR ".join(f'ALARM("{name}")' for name in named)
    assert rule(template, composite(template, "traffic")) == f"({written})"


def test_nothing_mutes_what_callers_notice(storefront: Any) -> None:
    """A release may wait for somebody's approval for days."""
    assert "ActionsSuppressor" not in composite(storefront, "traffic")


def test_too_few_tasks_call_people_but_not_around_a_release(storefront: Any) -> None:
    alarm = composite(storefront, "tasks")
    assert rule(storefront, alarm) == 'ALARM("shop-local-storefront-tasks-missing")'
    suppressor = storefront.of(ALARM)[alarm["ActionsSuppressor"]["Fn::GetAtt"][0]]["Properties"]
    assert suppressor["AlarmName"] == "shop-local-storefront-releasing"
    # The event of a release comes late: the queue holds it for a minute.
    assert alarm["ActionsSuppressorWaitPeriod"] > 60


def test_a_release_mutes_for_half_an_hour_and_not_for_ever(storefront: Any) -> None:
    """An event that is lost must not leave the alarm mute, so no event is waited for."""
    alarm = metric_alarm(storefront, "releasing")
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 30 * 60
    assert alarm["DatapointsToAlarm"] == alarm["Threshold"] == 1
    assert alarm["TreatMissingData"] == "notBreaching"
    assert (alarm["Namespace"], alarm["MetricName"]) == ("Slipway/shop-local", "DeploymentEvents")
    assert alarm["Dimensions"] == [{"Name": "ServiceName", "Value": "storefront"}]


def test_tasks_are_missing_where_fewer_run_or_are_healthy_than_are_desired(
    storefront: Any,
) -> None:
    """Of both groups together: during a shift both have tasks, afterwards one has none at all."""
    alarm = metric_alarm(storefront, "tasks-missing")
    expression, *queries = alarm["Metrics"]
    assert expression["Expression"] == (
        "desired - MIN([running, SUM([FILL(healthy1, 0), FILL(healthy2, 0)])])"
    )
    metrics = {each["Id"]: each["MetricStat"]["Metric"]["MetricName"] for each in queries}
    assert metrics == {
        "desired": "DesiredTaskCount",
        "running": "RunningTaskCount",
        "healthy1": "HealthyHostCount",
        "healthy2": "HealthyHostCount",
    }
    groups = [
        str(dimension["Value"])
        for each in queries[2:]
        for dimension in each["MetricStat"]["Metric"]["Dimensions"]
        if dimension["Name"] == "TargetGroup"
    ]
    assert len(set(groups)) == 2
    # A task that is replaced is back by then.
    assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (10, 15)
    assert {each["MetricStat"]["Period"] for each in queries} == {60}


def test_only_a_service_on_instances_leaves_it_to_the_alarm_on_capacity(
    templates: Any, storefront: Any
) -> None:
    assert "capacity" not in rule(storefront, composite(storefront, "tasks"))
