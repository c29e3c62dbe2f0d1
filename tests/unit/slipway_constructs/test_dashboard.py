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
    """The metrics that it is about: what releases are drawn with is on every graph."""
    return [
        metric[1]
        for metric in widget["properties"]["metrics"]
        if len(metric) > 1 and metric[1] != "DeploymentEvents"
    ]


@pytest.mark.parametrize(
    ("title", "metrics"),
    [
        ("Requests a minute", {"RequestCount"}),
        ("Errors a minute", {"HTTPCode_Target_5XX_Count", "TargetConnectionErrorCount"}),
        (
            "Errors in percent of requests",
            {"RequestCount", "HTTPCode_Target_5XX_Count", "TargetConnectionErrorCount"},
        ),
        ("Response time in seconds", {"TargetResponseTime"}),
        ("Targets", {"HealthyHostCount", "UnHealthyHostCount"}),
    ],
)
def test_both_target_groups_are_drawn_because_either_may_be_live(
    widgets: dict[str, Any], title: str, metrics: set[str]
) -> None:
    widget = widgets[title]
    assert set(names_of(widget)) == metrics
    drawn = [
        (metric[1], metric[-1].get("stat"), "Blue" if "BlueGreenBlue" in metric[5] else "Green")
        for metric in widget["properties"]["metrics"]
        if metric[0] == "AWS/ApplicationELB"
    ]
    statistics = {(name, statistic) for name, statistic, _ in drawn}
    assert set(drawn) == {(*each, color) for each in statistics for color in ("Blue", "Green")}
    assert len(drawn) == len(set(drawn))


def test_errors_are_drawn_as_a_share_too(widgets: dict[str, Any]) -> None:
    """Five errors of ten requests are another thing than five of ten thousand."""
    metrics = widgets["Errors in percent of requests"]["properties"]["metrics"]
    shares = {
        each[0]["label"]: each[0]["expression"]
        for each in metrics
        if len(each) == 1 and "release" not in each[0]["label"]
    }
    assert shares == {
        color: f"100 * (FILL({color}_failed, 0) + FILL({color}_refused, 0)) / {color}_requests"
        for color in ("blue", "green")
    }
    hidden = {each[-1]["id"]: each[-1]["visible"] for each in metrics if len(each) > 1}
    assert not any(hidden.values())


def test_latency_is_drawn_in_percentiles(widgets: dict[str, Any]) -> None:
    metrics = widgets["Response time in seconds"]["properties"]["metrics"]
    statistics = {each[-1]["stat"] for each in metrics if each[0] == "AWS/ApplicationELB"}
    assert statistics == {"p50", "p90", "p99"}


@pytest.mark.parametrize(
    "title", ["Requests a minute", "Errors in percent of requests", "Response time in seconds"]
)
def test_releases_are_lines_in_the_graphs_of_what_callers_see(
    widgets: dict[str, Any], title: str
) -> None:
    metrics = widgets[title]["properties"]["metrics"]
    lines = {each[0]["expression"]: each[0]["yAxis"] for each in metrics if "yAxis" in each[0]}
    states = {each[5]: each[-1] for each in metrics if len(each) > 1 and each[0].startswith("Slip")}
    assert states.keys() == {"START", "SUCCESS", "FAILURE", "STOP"}
    # An event may come twice, and is one line all the same.
    assert {each["stat"] for each in states.values()} == {"Maximum"}
    assert lines == {f"FILL({each['id']}, 0)": "right" for each in states.values()}
    assert widgets[title]["properties"]["yAxis"]["right"]["max"] == 1


def test_tasks_are_the_service_s_own(widgets: dict[str, Any]) -> None:
    titles = {
        "Tasks": ["DesiredTaskCount", "RunningTaskCount", "PendingTaskCount"],
        "CPU and memory in percent of what is reserved": [
            *("CpuUtilized", "CpuReserved", "MemoryUtilized", "MemoryReserved")
        ],
        "Network in bytes a second": ["NetworkRxBytes", "NetworkTxBytes"],
    }
    for title, names in titles.items():
        assert names_of(widgets[title]) == names
        for metric in widgets[title]["properties"]["metrics"]:
            if len(metric) > 1:
                assert metric[0] == "ECS/ContainerInsights"
                assert metric[2:6] == ["ClusterName", "shop-local", "ServiceName", "storefront"]


def test_the_alarms_are_shown(
    widgets: dict[str, Any], storefront: Any, release_alarms: Any
) -> None:
    shown = {arn.rpartition(":")[2] for arn in widgets["Alarms"]["properties"]["alarms"]}
    assert shown == {
        *(each["AlarmName"] for each in storefront.each("AWS::CloudWatch::CompositeAlarm")),
        *(each["AlarmName"] for each in release_alarms.values()),
    }


def test_what_the_logs_count_is_drawn_by_level(widgets: dict[str, Any], storefront: Any) -> None:
    (transformation,) = storefront.only("AWS::Logs::MetricFilter")["MetricTransformations"]
    for metric in widgets["Log lines a minute, by level"]["properties"]["metrics"]:
        namespace, name, dimension, level, options = metric
        assert namespace == transformation["MetricNamespace"]
        assert name == transformation["MetricName"]
        assert dimension == transformation["Dimensions"][0]["Key"]
        assert options["label"] == level


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
