"""What a service does, at a glance."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from slipway_constructs.log_queries import recent_errors
from slipway_constructs.values import arn, place

_PERIOD_SECONDS = 60
_COLORS = {"blue": "#1f77b4", "green": "#2ca02c"}
_PERCENTILES = (50, 90, 99)
# CloudWatch's grid is 24 units wide.
_FULL_WIDTH, _TWO_THIRDS, _THIRD = 24, 16, 8
_HEIGHT, _ALARMS_HEIGHT = 6, 3

# A widget and a metric, as CloudWatch's JSON has them.
Widget = dict[str, Any]
Metric = list[Any]


@dataclass(frozen=True, kw_only=True)
class ObservedService:
    """A service, as its metrics, logs and alarms name it.

    Attributes
    ----------
    cluster_name, service_name
        The ECS service.
    load_balancer, target_groups
        Full names, as the metrics' dimensions have them; the target groups by color.
    hook_functions
        The functions' names by lifecycle event.
    log_group
        Where the containers log.
    alarm_names
        The alarms that stop a release.
    """

    cluster_name: str
    service_name: str
    load_balancer: str
    target_groups: Mapping[str, str]
    hook_functions: Mapping[str, str]
    log_group: str
    alarm_names: Sequence[str]


class ServiceDashboard(Construct):
    """One CloudWatch dashboard: alarms, then what callers see, the tasks, and what went wrong.

    Both target groups are drawn in their own color, because either may be live. The tasks'
    metrics need Container Insights.

    Its body is written as CloudWatch's own JSON: with an object of the library for each metric,
    the dashboard would be a tenth of what a service costs to synthesise.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html

    Parameters
    ----------
    scope, id_
        Where the dashboard lives, and its name there.
    name
        The dashboard's name in CloudWatch.
    service
        The service to look at.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, service: ObservedService) -> None:
        super().__init__(scope, id_)
        self._service = service
        self._region = place(self)[1]
        rows = [
            [self._alarms()],
            [self._requests(), self._errors(), self._latency()],
            [self._hosts(), self._tasks(), self._load()],
            [self._hook_errors(), self._recent_errors()],
        ]
        cloudwatch.CfnDashboard(
            self,
            "Dashboard",
            dashboard_name=name,
            dashboard_body=json.dumps(
                {"start": "-PT3H", "widgets": _placed(rows)}, separators=(",", ":")
            ),
        )

    def _alarms(self) -> Widget:
        return _widget(
            "alarm",
            {
                "title": "Release alarms",
                "alarms": [
                    arn(self, "cloudwatch", f"alarm:{name}") for name in self._service.alarm_names
                ],
            },
            width=_FULL_WIDTH,
            height=_ALARMS_HEIGHT,
        )

    def _requests(self) -> Widget:
        return self._graph("Requests a minute", self._of_both("RequestCount", "Sum"))

    def _errors(self) -> Widget:
        return self._graph(
            "Errors a minute",
            [
                *self._of_both("HTTPCode_Target_5XX_Count", "Sum", "5xx"),
                *self._of_both("TargetConnectionErrorCount", "Sum", "refused", in_color=False),
            ],
        )

    def _latency(self) -> Widget:
        return self._graph(
            "Response time in seconds",
            [
                metric
                for percentile in _PERCENTILES
                for metric in self._of_both(
                    "TargetResponseTime",
                    f"p{percentile}",
                    f"p{percentile}",
                    in_color=percentile == max(_PERCENTILES),
                )
            ],
        )

    def _hosts(self) -> Widget:
        return self._graph("Healthy targets", self._of_both("HealthyHostCount", "Minimum"))

    def _tasks(self) -> Widget:
        return self._graph(
            "Tasks",
            [
                self._container_insight("DesiredTaskCount", label="desired"),
                self._container_insight("RunningTaskCount", label="running"),
            ],
        )

    def _load(self) -> Widget:
        metrics: list[Metric] = []
        for kind, label, used, reserved in (
            ("cpu", "CPU", "CpuUtilized", "CpuReserved"),
            ("memory", "memory", "MemoryUtilized", "MemoryReserved"),
        ):
            share = f"100 * {kind}_used / {kind}_reserved"
            metrics += [
                [{"label": label, "expression": share, "period": _PERIOD_SECONDS}],
                self._container_insight(used, id=f"{kind}_used", visible=False),
                self._container_insight(reserved, id=f"{kind}_reserved", visible=False),
            ]
        return self._graph("CPU and memory in percent of what is reserved", metrics)

    def _hook_errors(self) -> Widget:
        return self._graph(
            "Hook functions that could not report",
            [
                _metric("AWS/Lambda", "Errors", {"FunctionName": function}, label=event, stat="Sum")
                for event, function in self._service.hook_functions.items()
            ],
        )

    def _recent_errors(self) -> Widget:
        return _widget(
            "log",
            {
                "view": "table",
                "title": "Recent errors",
                "region": self._region,
                "query": f"SOURCE '{self._service.log_group}' | {recent_errors(limit=20)}",
            },
            width=_TWO_THIRDS,
        )

    def _of_both(
        self, name: str, statistic: str, label: str = "", *, in_color: bool = True
    ) -> list[Metric]:
        return [
            _metric(
                "AWS/ApplicationELB",
                name,
                {"LoadBalancer": self._service.load_balancer, "TargetGroup": target_group},
                **({"color": _COLORS[color]} if in_color else {}),
                label=f"{color} {label}".rstrip(),
                stat=statistic,
            )
            for color, target_group in self._service.target_groups.items()
        ]

    def _container_insight(self, name: str, **options: Any) -> Metric:
        service = {
            "ClusterName": self._service.cluster_name,
            "ServiceName": self._service.service_name,
        }
        return _metric("ECS/ContainerInsights", name, service, **options)

    def _graph(self, title: str, metrics: Sequence[Metric]) -> Widget:
        return _widget(
            "metric",
            {
                "view": "timeSeries",
                "title": title,
                "region": self._region,
                "metrics": metrics,
                "yAxis": {"left": {"min": 0, "showUnits": False}},
            },
            width=_THIRD,
        )


def _metric(namespace: str, name: str, dimensions: Mapping[str, str], **options: Any) -> Metric:
    """Say one metric; without a statistic it is the average."""
    statistic = {"stat": options.pop("stat")} if "stat" in options else {}
    parts = [part for dimension in dimensions.items() for part in dimension]
    return [namespace, name, *parts, {**options, "period": _PERIOD_SECONDS, **statistic}]


def _widget(
    type_: str, properties: Mapping[str, Any], *, width: int, height: int = _HEIGHT
) -> Widget:
    return {"type": type_, "width": width, "height": height, "properties": properties}


def _placed(rows: Sequence[Sequence[Widget]]) -> list[Widget]:
    """Put the widgets of a row side by side, and the rows below each other."""
    placed = []
    y = 0
    for row in rows:
        x = 0
        for widget in row:
            properties = {"properties": widget.pop("properties")}
            placed.append({**widget, "x": x, "y": y, **properties})
            x += widget["width"]
        y += max(widget["height"] for widget in row)
    return placed
