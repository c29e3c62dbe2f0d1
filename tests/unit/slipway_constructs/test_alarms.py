import json
from typing import Any

import pytest

from slipway_constructs.alarms import release_alarm_names

ALARM = "AWS::CloudWatch::Alarm"
ABOUT_TASKS = ("-tasks-missing", "-releasing")


def alarms(template: Any) -> dict[str, Any]:
    """Those that stop a release, by name."""
    return {
        alarm["AlarmName"]: alarm
        for alarm in template.each(ALARM)
        if not alarm["AlarmName"].endswith(ABOUT_TASKS)
    }


@pytest.mark.parametrize("color", ["blue", "green"])
def test_both_target_groups_are_watched_because_they_change_places(
    storefront: Any, color: str
) -> None:
    prefix = f"shop-local-storefront-{color}"
    watched = {name: alarm for name, alarm in alarms(storefront).items() if prefix in name}
    assert {alarm["MetricName"] for alarm in watched.values()} == {
        "HTTPCode_Target_5XX_Count",
        "TargetConnectionErrorCount",
        "TargetResponseTime",
        "UnHealthyHostCount",
    }
    for alarm in watched.values():
        dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
        assert dimensions.keys() == {"LoadBalancer", "TargetGroup"}
        group = dimensions["TargetGroup"]["Fn::GetAtt"][0]
        assert group in storefront.of("AWS::ElasticLoadBalancingV2::TargetGroup")
        assert group.startswith("BlueGreenBlue") == (color == "blue")


def test_blue_s_alarms_and_green_s_alarms_watch_different_groups(storefront: Any) -> None:
    groups = {
        json.dumps(dimension["Value"])
        for alarm in storefront.each(ALARM)
        for dimension in alarm.get("Dimensions", [])
        if dimension["Name"] == "TargetGroup"
    }
    assert len(groups) == 2


def test_thresholds_are_the_settings(storefront: Any) -> None:
    found = alarms(storefront)
    errors = found["shop-local-storefront-green-server-errors"]
    assert (errors["Threshold"], errors["Statistic"], errors["Period"]) == (5, "Sum", 60)
    refused = found["shop-local-storefront-green-connection-errors"]
    assert (refused["Threshold"], refused["Statistic"]) == (5, "Sum")
    latency = found["shop-local-storefront-green-latency"]
    assert (latency["Threshold"], latency["ExtendedStatistic"]) == (1, "p99")


def test_missing_data_is_fine(storefront: Any) -> None:
    """The idle target group has no traffic, and so no latency."""
    assert {alarm["TreatMissingData"] for alarm in storefront.each(ALARM)} == {"notBreaching"}


def test_an_error_of_any_hook_function_fires(storefront: Any) -> None:
    alarm = alarms(storefront)["shop-local-storefront-hook-errors"]
    functions = {
        dimension["Value"]
        for metric in alarm["Metrics"]
        if "MetricStat" in metric
        for dimension in metric["MetricStat"]["Metric"]["Dimensions"]
    }
    hooks = {
        function["FunctionName"]
        for function in storefront.each("AWS::Lambda::Function")
        if function["FunctionName"].startswith("CodeDeployHook_")
    }
    assert functions == hooks
    assert len(hooks) == 5
    (expression,) = [m["Expression"] for m in alarm["Metrics"] if "Expression" in m]
    # Without FILL a sum has no value as long as one of the functions was never called.
    assert expression.count("FILL(") == 5
    assert alarm["Threshold"] == 1


def test_without_a_latency_limit_no_alarm_watches_latency(changed: Any) -> None:
    names = alarms(changed["shop-local-api"])
    assert not [name for name in names if "latency" in name]
    assert len(names) == 7


def test_alarms_that_stop_releases_call_nobody(release_alarms: Any) -> None:
    """A task that is replaced and a hook that crashes wake nobody up; others call once, above."""
    assert len(release_alarms) == 9
    for alarm in release_alarms.values():
        assert "AlarmActions" not in alarm
        assert "OKActions" not in alarm


@pytest.mark.parametrize("latency", [True, False])
def test_names_are_known_before_the_alarms_exist(
    storefront: Any, changed: Any, latency: bool
) -> None:
    service = "storefront" if latency else "api"
    template = storefront if latency else changed["shop-local-api"]
    foretold = release_alarm_names(f"shop-local-{service}", ["blue", "green"], latency=latency)
    assert sorted(foretold) == sorted(alarms(template))
