"""What a service does, at a glance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from slipway_constructs.log_queries import recent_errors

_MINUTE = Duration.minutes(1)
_COLORS = {"blue": cloudwatch.Color.BLUE, "green": cloudwatch.Color.GREEN}
_PERCENTILES = (50, 90, 99)
# CloudWatch's grid is 24 units wide.
_FULL_WIDTH, _TWO_THIRDS, _THIRD = 24, 16, 8


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
        self.dashboard = cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=name,
            default_interval=Duration.hours(3),
            widgets=[
                [self._alarms()],
                [self._requests(), self._errors(), self._latency()],
                [self._hosts(), self._tasks(), self._load()],
                [self._hook_errors(), self._recent_errors()],
            ],
        )

    def _alarms(self) -> cloudwatch.IWidget:
        return cloudwatch.AlarmStatusWidget(
            title="Release alarms",
            width=_FULL_WIDTH,
            height=3,
            alarms=[
                cloudwatch.Alarm.from_alarm_name(self, name, name)
                for name in self._service.alarm_names
            ],
        )

    def _requests(self) -> cloudwatch.IWidget:
        return _graph("Requests a minute", self._of_both("RequestCount", cloudwatch.Stats.SUM))

    def _errors(self) -> cloudwatch.IWidget:
        return _graph(
            "Errors a minute",
            [
                *self._of_both("HTTPCode_Target_5XX_Count", cloudwatch.Stats.SUM, "5xx"),
                *self._of_both(
                    "TargetConnectionErrorCount", cloudwatch.Stats.SUM, "refused", in_color=False
                ),
            ],
        )

    def _latency(self) -> cloudwatch.IWidget:
        return _graph(
            "Response time in seconds",
            [
                metric
                for percentile in _PERCENTILES
                for metric in self._of_both(
                    "TargetResponseTime",
                    cloudwatch.Stats.percentile(percentile),
                    f"p{percentile}",
                    in_color=percentile == max(_PERCENTILES),
                )
            ],
        )

    def _hosts(self) -> cloudwatch.IWidget:
        return _graph(
            "Healthy targets", self._of_both("HealthyHostCount", cloudwatch.Stats.MINIMUM)
        )

    def _tasks(self) -> cloudwatch.IWidget:
        return _graph(
            "Tasks",
            [
                self._container_insight("DesiredTaskCount", "desired"),
                self._container_insight("RunningTaskCount", "running"),
            ],
        )

    def _load(self) -> cloudwatch.IWidget:
        return _graph(
            "CPU and memory in percent of what is reserved",
            [
                cloudwatch.MathExpression(
                    expression=f"100 * {kind}_used / {kind}_reserved",
                    label=label,
                    period=_MINUTE,
                    using_metrics={
                        f"{kind}_used": self._container_insight(used),
                        f"{kind}_reserved": self._container_insight(reserved),
                    },
                )
                for kind, label, used, reserved in (
                    ("cpu", "CPU", "CpuUtilized", "CpuReserved"),
                    ("memory", "memory", "MemoryUtilized", "MemoryReserved"),
                )
            ],
        )

    def _hook_errors(self) -> cloudwatch.IWidget:
        return _graph(
            "Hook functions that could not report",
            [
                cloudwatch.Metric(
                    namespace="AWS/Lambda",
                    metric_name="Errors",
                    statistic=cloudwatch.Stats.SUM,
                    period=_MINUTE,
                    label=event,
                    dimensions_map={"FunctionName": function},
                )
                for event, function in self._service.hook_functions.items()
            ],
        )

    def _recent_errors(self) -> cloudwatch.IWidget:
        return cloudwatch.LogQueryWidget(
            title="Recent errors",
            width=_TWO_THIRDS,
            log_group_names=[self._service.log_group],
            query_string=recent_errors(limit=20).to_string(),
        )

    def _of_both(
        self, name: str, statistic: str, label: str = "", *, in_color: bool = True
    ) -> list[cloudwatch.IMetric]:
        return [
            cloudwatch.Metric(
                namespace="AWS/ApplicationELB",
                metric_name=name,
                statistic=statistic,
                period=_MINUTE,
                label=f"{color} {label}".rstrip(),
                color=_COLORS.get(color) if in_color else None,
                dimensions_map={
                    "LoadBalancer": self._service.load_balancer,
                    "TargetGroup": target_group,
                },
            )
            for color, target_group in self._service.target_groups.items()
        ]

    def _container_insight(self, name: str, label: str | None = None) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="ECS/ContainerInsights",
            metric_name=name,
            statistic=cloudwatch.Stats.AVERAGE,
            period=_MINUTE,
            label=label,
            dimensions_map={
                "ClusterName": self._service.cluster_name,
                "ServiceName": self._service.service_name,
            },
        )


def _graph(title: str, metrics: Iterable[cloudwatch.IMetric]) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(
        title=title,
        width=_THIRD,
        left=list(metrics),
        left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
    )
