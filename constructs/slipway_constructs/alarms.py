"""The alarms that stop a release, and the one that says that callers notice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

_PERIOD_SECONDS = 60

# What a caller notices. A task that fails its health check gets no traffic any more, and a hook
# function serves nobody: alone, neither is a reason to wake somebody up.
_NOTICED_BY_CALLERS = ("server-errors", "connection-errors", "latency")


@dataclass(frozen=True, kw_only=True)
class LatencyLimit:
    """A percentile of the response time, and the time that it may not reach."""

    percentile: float
    threshold: timedelta


def release_alarm_names(name_prefix: str, colors: Sequence[str], *, latency: bool) -> list[str]:
    """Give the names of a service's release alarms before they exist.

    The hook functions ask about the alarms, and one alarm asks about the hook functions: names
    keep that from becoming a cycle.
    """
    limits = ["latency"] if latency else []
    per_group = ["server-errors", "connection-errors", *limits, "unhealthy-hosts"]
    return [
        *(f"{name_prefix}-{color}-{kind}" for color in colors for kind in per_group),
        f"{name_prefix}-hook-errors",
    ]


class ReleaseAlarms(Construct):
    """Alarms over both target groups and over the hook functions, and one above them.

    Both groups, because blue and green change places at each release. Nine alarms: CodeDeploy
    takes at most ten in a deployment group. Missing data is fine: a group without traffic has no
    latency. What the load balancer itself answers for a dead target (502, 503, 504) is not among
    the targets' 5xx, hence the connection errors. The one above, ``<name_prefix>-traffic``,
    stops no release: it fires when callers notice something, and tells when it is over.

    Parameters
    ----------
    scope, id_
        Where the alarms live, and their name there.
    name_prefix
        What each alarm's name begins with; see :func:`release_alarm_names`.
    load_balancer
        The full name of the load balancer that counts.
    target_groups
        The full names of the pair, by the names that people know them by.
    hook_functions
        Names of the functions whose errors mean that a hook could not report.
    server_errors
        Responses of class 5xx, or refused connections, in a minute that are too many.
    latency
        What the targets' response time may not reach; ``None`` sets no limit.
    notifications
        ARN of the topic that each alarm that fires is told to.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name_prefix: str,
        load_balancer: str,
        target_groups: Mapping[str, str],
        hook_functions: Sequence[str],
        server_errors: int,
        latency: LatencyLimit | None,
        notifications: str,
    ) -> None:
        super().__init__(scope, id_)
        self.alarms: list[cloudwatch.CfnAlarm] = []
        self._noticed_by_callers: list[cloudwatch.CfnAlarm] = []
        self._notifications = notifications
        self._name_prefix = name_prefix
        for color, target_group in target_groups.items():
            of_group: dict[str, Any] = {
                "namespace": "AWS/ApplicationELB",
                "period": _PERIOD_SECONDS,
                "dimensions": dimensions(LoadBalancer=load_balancer, TargetGroup=target_group),
            }
            self._add(
                f"{color}-server-errors",
                description=f"The {color} tasks answer with too many errors of class 5xx",
                metric_name="HTTPCode_Target_5XX_Count",
                statistic="Sum",
                threshold=server_errors,
                **of_group,
            )
            self._add(
                f"{color}-connection-errors",
                description=f"The {color} tasks refuse connections, which clients see as 502",
                metric_name="TargetConnectionErrorCount",
                statistic="Sum",
                threshold=server_errors,
                **of_group,
            )
            if latency is not None:
                self._add(
                    f"{color}-latency",
                    description=f"The {color} tasks answer too slowly",
                    metric_name="TargetResponseTime",
                    extended_statistic=f"p{latency.percentile:g}",
                    threshold=latency.threshold.total_seconds(),
                    evaluation_periods=2,
                    **of_group,
                )
            self._add(
                f"{color}-unhealthy-hosts",
                description=f"A {color} task fails its health check",
                metric_name="UnHealthyHostCount",
                statistic="Maximum",
                threshold=1,
                evaluation_periods=2,
                **of_group,
            )
        self._add(
            "hook-errors",
            description="A hook function ended without reporting to CodeDeploy",
            metrics=sum_of_errors(hook_functions),
            threshold=1,
        )
        self._add_traffic_alarm()

    def _add(
        self, name: str, *, description: str, evaluation_periods: int = 1, **limit: Any
    ) -> None:
        # Plain resources: the library's alarms and metrics would be another tenth of what a
        # service costs to synthesise, and say no more.
        alarm = cloudwatch.CfnAlarm(
            self,
            name.title().replace("-", ""),
            alarm_name=f"{self._name_prefix}-{name}",
            alarm_description=description,
            evaluation_periods=evaluation_periods,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[self._notifications],
            **limit,
        )
        self.alarms.append(alarm)
        if name.endswith(_NOTICED_BY_CALLERS):
            self._noticed_by_callers.append(alarm)

    def _add_traffic_alarm(self) -> None:
        """Fire when callers notice something, and tell also when it is over.

        It stands in one stack with the alarms that it names: CloudWatch refuses to delete an
        alarm that a composite one still names.
        """
        firing = " OR ".join(f'ALARM("{alarm.attr_arn}")' for alarm in self._noticed_by_callers)
        cloudwatch.CfnCompositeAlarm(
            self,
            "Traffic",
            alarm_name=f"{self._name_prefix}-traffic",
            alarm_description="Callers get errors, refused connections or slow answers",
            alarm_rule=f"({firing})",
            alarm_actions=[self._notifications],
            ok_actions=[self._notifications],
        )


def dimensions(**values: str) -> list[cloudwatch.CfnAlarm.DimensionProperty]:
    """Write the dimensions of a metric as alarms take them."""
    return [
        cloudwatch.CfnAlarm.DimensionProperty(name=name, value=value)
        for name, value in values.items()
    ]


def sum_of_errors(
    functions: Sequence[str], *, period_seconds: int = _PERIOD_SECONDS
) -> list[cloudwatch.CfnAlarm.MetricDataQueryProperty]:
    """Add up the functions' errors; one that was never called counts as none."""
    names = {f"hook{number}": name for number, name in enumerate(functions, start=1)}
    return [
        cloudwatch.CfnAlarm.MetricDataQueryProperty(
            id="expr_1",
            expression="+".join(f"FILL({id_}, 0)" for id_ in names),
            return_data=True,
        ),
        *(
            cloudwatch.CfnAlarm.MetricDataQueryProperty(
                id=id_,
                metric_stat=cloudwatch.CfnAlarm.MetricStatProperty(
                    metric=cloudwatch.CfnAlarm.MetricProperty(
                        namespace="AWS/Lambda",
                        metric_name="Errors",
                        dimensions=dimensions(FunctionName=name),
                    ),
                    period=period_seconds,
                    stat="Sum",
                ),
                return_data=False,
            )
            for id_, name in names.items()
        ),
    ]
