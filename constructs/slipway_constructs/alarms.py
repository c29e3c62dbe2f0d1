"""The alarms that stop a release, and the one that says that callers notice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

_MINUTE = Duration.minutes(1)

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
        The load balancer that counts.
    target_groups
        The pair, by the names that people know them by.
    hook_functions
        Functions whose errors mean that a hook could not report.
    server_errors
        Responses of class 5xx, or refused connections, in a minute that are too many.
    latency
        What the targets' response time may not reach; ``None`` sets no limit.
    notifications
        Where each alarm that fires is told.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name_prefix: str,
        load_balancer: elbv2.ApplicationLoadBalancer,
        target_groups: Mapping[str, elbv2.ApplicationTargetGroup],
        hook_functions: Sequence[lambda_.IFunction],
        server_errors: int,
        latency: LatencyLimit | None,
        notifications: sns.ITopic,
    ) -> None:
        super().__init__(scope, id_)
        self.alarms: list[cloudwatch.Alarm] = []
        self._noticed_by_callers: list[cloudwatch.Alarm] = []
        self._notify = actions.SnsAction(notifications)
        self._name_prefix = name_prefix
        for color, target_group in target_groups.items():

            def metric(name: str, statistic: str, group: str) -> cloudwatch.Metric:
                return cloudwatch.Metric(
                    namespace="AWS/ApplicationELB",
                    metric_name=name,
                    statistic=statistic,
                    period=_MINUTE,
                    dimensions_map={
                        "LoadBalancer": load_balancer.load_balancer_full_name,
                        "TargetGroup": group,
                    },
                )

            group = target_group.target_group_full_name
            self._add(
                f"{color}-server-errors",
                metric("HTTPCode_Target_5XX_Count", cloudwatch.Stats.SUM, group),
                threshold=server_errors,
                description=f"The {color} tasks answer with too many errors of class 5xx",
            )
            self._add(
                f"{color}-connection-errors",
                metric("TargetConnectionErrorCount", cloudwatch.Stats.SUM, group),
                threshold=server_errors,
                description=f"The {color} tasks refuse connections, which clients see as 502",
            )
            if latency is not None:
                self._add(
                    f"{color}-latency",
                    metric(
                        "TargetResponseTime",
                        cloudwatch.Stats.percentile(latency.percentile),
                        group,
                    ),
                    threshold=latency.threshold.total_seconds(),
                    description=f"The {color} tasks answer too slowly",
                    evaluation_periods=2,
                )
            self._add(
                f"{color}-unhealthy-hosts",
                metric("UnHealthyHostCount", cloudwatch.Stats.MAXIMUM, group),
                threshold=1,
                description=f"A {color} task fails its health check",
                evaluation_periods=2,
            )
        errors = {
            f"hook{number}": function.metric_errors(period=_MINUTE, statistic=cloudwatch.Stats.SUM)
            for number, function in enumerate(hook_functions, start=1)
        }
        self._add(
            "hook-errors",
            cloudwatch.MathExpression(
                expression="+".join(f"FILL({name}, 0)" for name in errors),
                using_metrics=errors,
                period=_MINUTE,
            ),
            threshold=1,
            description="A hook function ended without reporting to CodeDeploy",
        )
        self._add_traffic_alarm()

    def _add(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        *,
        threshold: float,
        description: str,
        evaluation_periods: int = 1,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name.title().replace("-", ""),
            alarm_name=f"{self._name_prefix}-{name}",
            alarm_description=description,
            metric=metric,
            threshold=threshold,
            evaluation_periods=evaluation_periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._notify)
        self.alarms.append(alarm)
        if name.endswith(_NOTICED_BY_CALLERS):
            self._noticed_by_callers.append(alarm)

    def _add_traffic_alarm(self) -> None:
        """Fire when callers notice something, and tell also when it is over.

        It stands in one stack with the alarms that it names: CloudWatch refuses to delete an
        alarm that a composite one still names.
        """
        alarm = cloudwatch.CompositeAlarm(
            self,
            "Traffic",
            composite_alarm_name=f"{self._name_prefix}-traffic",
            alarm_description="Callers get errors, refused connections or slow answers",
            alarm_rule=cloudwatch.AlarmRule.any_of(
                *(
                    cloudwatch.AlarmRule.from_alarm(alarm, cloudwatch.AlarmState.ALARM)
                    for alarm in self._noticed_by_callers
                )
            ),
        )
        alarm.add_alarm_action(self._notify)
        alarm.add_ok_action(self._notify)
