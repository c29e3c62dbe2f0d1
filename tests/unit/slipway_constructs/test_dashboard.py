import json
from typing import Any

import pytest


@pytest.fixture(scope="session")
def widgets(storefront: Any) -> dict[str, Any]:
    """The widgets of the dashboard by title, with the last part of each reference's name."""
    _, parts = storefront.only("AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Join"]
    body = "".join(part if isinstance(part, str) else name_of(part) for part in parts)
    return {widget["properties"]["title"]: widget for widget in json.loads(body)["widgets"]}


def name_of(reference: dict[str, Any]) -> str:
    (target,) = reference.values()
    return "".join(target) if isinstance(target, list) else str(target)


def names_of(widget: Any) -> list[str]:
    return [metric[1] for metric in widget["properties"]["metrics"] if len(metric) > 1]


@pytest.mark.parametrize(
    ("title", "metrics"),
    [
        ("Requests a minute", {"RequestCount"}),
        ("Errors a minute", {"HTTPCode_Target_5XX_Count", "TargetConnectionErrorCount"}),
        ("Response time in seconds", {"TargetResponseTime"}),
        ("Healthy targets", {"HealthyHostCount"}),
    ],
)
def test_both_target_groups_are_drawn_because_either_may_be_live(
    widgets: dict[str, Any], title: str, metrics: set[str]
) -> None:
    widget = widgets[title]
    assert set(names_of(widget)) == metrics
    drawn = {
        (metric[1], metric[-1].get("stat"), "Blue" if "BlueGreenBlue" in metric[5] else "Green")
        for metric in widget["properties"]["metrics"]
    }
    statistics = {(name, statistic) for name, statistic, _ in drawn}
    assert drawn == {(*each, color) for each in statistics for color in ("Blue", "Green")}
    assert len(drawn) == len(widget["properties"]["metrics"])


def test_latency_is_drawn_in_percentiles(widgets: dict[str, Any]) -> None:
    metrics = widgets["Response time in seconds"]["properties"]["metrics"]
    assert {metric[-1]["stat"] for metric in metrics} == {"p50", "p90", "p99"}


def test_tasks_are_the_service_s_own(widgets: dict[str, Any]) -> None:
    title = "CPU and memory in percent of what is reserved"
    assert names_of(widgets["Tasks"]) == ["DesiredTaskCount", "RunningTaskCount"]
    assert names_of(widgets[title]) == [
        *("CpuUtilized", "CpuReserved", "MemoryUtilized", "MemoryReserved")
    ]
    for widget in (widgets["Tasks"], widgets[title]):
        for metric in widget["properties"]["metrics"]:
            if len(metric) > 1:
                assert metric[0] == "ECS/ContainerInsights"
                assert metric[2:6] == ["ClusterName", "shop-local", "ServiceName", "storefront"]


def test_every_release_alarm_is_shown(widgets: dict[str, Any], storefront: Any) -> None:
    shown = {arn.rpartition(":")[2] for arn in widgets["Release alarms"]["properties"]["alarms"]}
    assert shown == {alarm["AlarmName"] for alarm in storefront.each("AWS::CloudWatch::Alarm")}


def test_errors_of_every_hook_are_drawn(widgets: dict[str, Any], storefront: Any) -> None:
    metrics = widgets["Hook functions that could not report"]["properties"]["metrics"]
    hooks = {
        function["FunctionName"]
        for function in storefront.each("AWS::Lambda::Function")
        if function.get("FunctionName", "").startswith("CodeDeployHook_")
    }
    assert {metric[3] for metric in metrics} == hooks
    assert len(hooks) == 5


def test_recent_errors_come_from_the_service_s_log_group(widgets: dict[str, Any]) -> None:
    assert widgets["Recent errors"]["type"] == "log"
    query = widgets["Recent errors"]["properties"]["query"]
    assert query.startswith("SOURCE '/shop/local/storefront'")


def test_widgets_fill_the_grid_without_overlapping(widgets: dict[str, Any]) -> None:
    rows: dict[int, list[Any]] = {}
    for widget in widgets.values():
        rows.setdefault(widget["y"], []).append(widget)
    for row in rows.values():
        assert sum(widget["width"] for widget in row) == 24
