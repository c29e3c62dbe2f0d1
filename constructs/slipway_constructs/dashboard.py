"""What a service does, at a glance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from slipway_constructs.color_metrics import ColorMetrics
from slipway_constructs.log_queries import recent_errors
from slipway_constructs.own_metrics import (
    DEPLOYMENT_EVENTS,
    LEVEL,
    STATES,
    logged_problems,
    namespace,
)
from slipway_constructs.values import arn, place
from slipway_constructs.widgets import (
    HALF,
    Metric,
    Widget,
    alarms,
    body,
    expression,
    graph,
    hidden,
    metric,
    widget,
)

_STATE_COLORS = {
    "START": "#7f7f7f",
    "SUCCESS": "#2ca02c",
    "FAILURE": "#d62728",
    "STOP": "#ff7f0e",
}
_PERCENTILES = (50, 90, 99)


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
    levels
        The levels of log lines that are counted.
    alarm_names
        The alarms that call people, and what raises them.
    """

    cluster_name: str
    service_name: str
    load_balancer: str
    target_groups: Mapping[str, str]
    hook_functions: Mapping[str, str]
    log_group: str
    levels: Sequence[str]
    alarm_names: Sequence[str]


class ServiceDashboard(Construct):
    """One CloudWatch dashboard: alarms, then what callers see, the tasks, and what went wrong.

    What callers see by the RED method: rate, errors (how many, and of how many), duration. The
    tasks by the USE method: utilisation, saturation, errors. Both target groups are drawn in their
    own color, because either may be live. A line from bottom to top says that a release began or
    ended there. The tasks' metrics need Container Insights.

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
        self._colors = ColorMetrics(service.load_balancer, service.target_groups)
        self._region = place(self)[1]
        self._releases = _releases(service)
        rows = [
            [self._alarms()],
            [self._requests(), self._errors(), self._share_of_errors(), self._latency()],
            [self._targets(), self._tasks(), self._load(), self._network()],
            [self._logged_problems(), self._hook_errors(), self._recent_errors()],
        ]
        cloudwatch.CfnDashboard(self, "Dashboard", dashboard_name=name, dashboard_body=body(rows))

    def _alarms(self) -> Widget:
        return alarms(
            "Alarms",
            [arn(self, "cloudwatch", f"alarm:{name}") for name in self._service.alarm_names],
        )

    def _requests(self) -> Widget:
        return self._graph(
            "Requests a minute", [*self._colors.of_both("RequestCount", "Sum"), *self._releases]
        )

    def _errors(self) -> Widget:
        return self._graph(
            "Errors a minute",
            [
                *self._colors.of_both("HTTPCode_Target_5XX_Count", "Sum", "5xx"),
                *self._colors.of_both(
                    "TargetConnectionErrorCount", "Sum", "refused", in_color=False
                ),
            ],
        )

    def _share_of_errors(self) -> Widget:
        return self._graph(
            "Errors in percent of requests", [*self._colors.share_of_errors(), *self._releases]
        )

    def _latency(self) -> Widget:
        return self._graph(
            "Response time in seconds",
            [
                *(
                    each
                    for percentile in _PERCENTILES
                    for each in self._colors.of_both(
                        "TargetResponseTime",
                        f"p{percentile}",
                        f"p{percentile}",
                        in_color=percentile == max(_PERCENTILES),
                    )
                ),
                *self._releases,
            ],
        )

    def _targets(self) -> Widget:
        return self._graph(
            "Targets",
            [
                *self._colors.of_both("HealthyHostCount", "Minimum", "healthy"),
                *self._colors.of_both("UnHealthyHostCount", "Maximum", "unhealthy", in_color=False),
            ],
        )

    def _tasks(self) -> Widget:
        return self._graph(
            "Tasks",
            [
                self._container_insight("DesiredTaskCount", label="desired"),
                self._container_insight("RunningTaskCount", label="running"),
                self._container_insight("PendingTaskCount", label="pending"),
            ],
        )

    def _load(self) -> Widget:
        metrics: list[Metric] = []
        for kind, label, used, reserved in (
            ("cpu", "CPU", "CpuUtilized", "CpuReserved"),
            ("memory", "memory", "MemoryUtilized", "MemoryReserved"),
        ):
            metrics += [
                expression(f"100 * {kind}_used / {kind}_reserved", label),
                self._container_insight(used, id=f"{kind}_used", visible=False),
                self._container_insight(reserved, id=f"{kind}_reserved", visible=False),
            ]
        return self._graph("CPU and memory in percent of what is reserved", metrics)

    def _network(self) -> Widget:
        return self._graph(
            "Network in bytes a second",
            [
                self._container_insight("NetworkRxBytes", label="in"),
                self._container_insight("NetworkTxBytes", label="out"),
            ],
        )

    def _logged_problems(self) -> Widget:
        service = self._service
        return self._graph(
            "Log lines a minute, by level",
            [
                metric(
                    namespace(service.cluster_name),
                    logged_problems(service.service_name),
                    {LEVEL: level},
                    label=level,
                    stat="Sum",
                )
                for level in service.levels
            ],
        )

    def _hook_errors(self) -> Widget:
        return self._graph(
            "Hook functions that could not report",
            [
                metric("AWS/Lambda", "Errors", {"FunctionName": function}, label=event, stat="Sum")
                for event, function in self._service.hook_functions.items()
            ],
        )

    def _recent_errors(self) -> Widget:
        return widget(
            "log",
            {
                "view": "table",
                "title": "Recent errors",
                "region": self._region,
                "query": f"SOURCE '{self._service.log_group}' | {recent_errors(limit=20)}",
            },
            width=HALF,
        )

    def _container_insight(self, name: str, **options: Any) -> Metric:
        service = {
            "ClusterName": self._service.cluster_name,
            "ServiceName": self._service.service_name,
        }
        return metric("ECS/ContainerInsights", name, service, **options)

    def _graph(self, title: str, metrics: Sequence[Metric]) -> Widget:
        return graph(title, metrics, region=self._region)


def _releases(service: ObservedService) -> list[Metric]:
    """Draw where releases began and ended, as lines from bottom to top.

    The maximum, because an event may be told twice.
    """
    of_service = {"ServiceName": service.service_name}
    metrics: list[Metric] = []
    for state, label in STATES.items():
        id_ = f"release_{state.lower()}"
        metrics += [
            expression(f"FILL({id_}, 0)", label, color=_STATE_COLORS[state], yAxis="right"),
            hidden(
                namespace(service.cluster_name),
                DEPLOYMENT_EVENTS,
                {**of_service, "State": state},
                id=id_,
                stat="Maximum",
            ),
        ]
    return metrics
