"""What dashboards consist of, as CloudWatch's own JSON has it.

With an object of the library for each metric, a dashboard would be a tenth of what a service costs
to synthesise.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

PERIOD_SECONDS = 60

# CloudWatch's grid is 24 units wide.
FULL_WIDTH, HALF, QUARTER = 24, 12, 6
HEIGHT = 6

# A widget and a metric, as CloudWatch's JSON has them.
Widget = dict[str, Any]
Metric = list[Any]


def body(rows: Sequence[Sequence[Widget]]) -> str:
    """Write a dashboard: the widgets of a row side by side, and the rows below each other."""
    placed = []
    y = 0
    for row in rows:
        x = 0
        for each in row:
            properties = {"properties": each.pop("properties")}
            placed.append({**each, "x": x, "y": y, **properties})
            x += each["width"]
        y += max(each["height"] for each in row)
    return json.dumps({"start": "-PT3H", "widgets": placed}, separators=(",", ":"))


def metric(namespace: str, name: str, of: Mapping[str, str], **options: Any) -> Metric:
    """Say one metric by its dimensions; without a statistic it is the average."""
    statistic = {"stat": options.pop("stat")} if "stat" in options else {}
    parts = [part for dimension in of.items() for part in dimension]
    return [namespace, name, *parts, {**options, "period": PERIOD_SECONDS, **statistic}]


def hidden(namespace: str, name: str, of: Mapping[str, str], **options: Any) -> Metric:
    """Say a metric that is not drawn: an expression speaks of it by its id."""
    return metric(namespace, name, of, visible=False, **options)


def expression(formula: str, label: str, **options: Any) -> Metric:
    """Say what is computed from the graph's other metrics."""
    return [{"label": label, "expression": formula, "period": PERIOD_SECONDS, **options}]


def search(
    schema: str, name: str, *, where: str = "", statistic: str, label: str, **options: Any
) -> Metric:
    """Say every metric of a name that is there when somebody looks, whatever it is of.

    Parameters
    ----------
    schema
        Namespace and dimensions, such as ``AWS/ECS,ClusterName,ServiceName``: metrics with just
        these are found. CloudWatch draws 100 of them.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
    name
        The metric's name; empty for any.
    where
        What else must hold, such as ``ClusterName="shop-prod"``.
    statistic
        Such as ``Average``.
    label
        What each is called; ``${PROP('Dim.ServiceName')}`` is its dimension.
    """
    named = f'MetricName="{name}"' if name else ""
    found = " ".join(part for part in (f"{{{schema}}}", named, where) if part)
    return expression(f"SEARCH('{found}', '{statistic}', {PERIOD_SECONDS})", label, **options)


def graph(
    title: str,
    metrics: Sequence[Metric],
    *,
    region: str,
    width: int = QUARTER,
    **further: Any,
) -> Widget:
    """Draw metrics over time."""
    return widget(
        "metric",
        {
            "view": "timeSeries",
            "title": title,
            "region": region,
            "metrics": list(metrics),
            "yAxis": {
                "left": {"min": 0, "showUnits": False},
                # For what happened, not how much: a line from bottom to top.
                "right": {"min": 0, "max": 1, "showUnits": False},
            },
            **further,
        },
        width=width,
    )


def alarms(title: str, arns: Sequence[str], *, height: int = 3) -> Widget:
    """Show the states of alarms: at most 100, which is CloudWatch's limit."""
    return widget("alarm", {"title": title, "alarms": list(arns)}, width=FULL_WIDTH, height=height)


def widget(
    type_: str, properties: Mapping[str, Any], *, width: int, height: int = HEIGHT
) -> Widget:
    """Say any widget, without its place."""
    return {"type": type_, "width": width, "height": height, "properties": properties}
