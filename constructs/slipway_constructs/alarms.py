"""The alarms that stop a release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from slipway_constructs.findings import acknowledge
from slipway_constructs.metric_math import PERIOD_SECONDS, dimensions, sum_of_errors
from slipway_constructs.runbooks import Runbooks


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
    """Alarms over both target groups and over the hook functions.

    Both groups, because blue and green change places at each release. Nine alarms: CodeDeploy
    takes at most ten in a deployment group. Missing data is fine: a group without traffic has no
    latency. What the load balancer itself answers for a dead target (502, 503, 504) is not among
    the targets' 5xx, hence the connection errors.

    They stop a release and tell nobody: the composite alarms above them do, see
    :mod:`slipway_constructs.composite_alarms`.

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
    runbooks
        Where the page on each alarm is.

    Attributes
    ----------
    name_prefix
        What each alarm's name begins with.
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
        runbooks: Runbooks,
    ) -> None:
        super().__init__(scope, id_)
        self._alarms: dict[str, cloudwatch.CfnAlarm] = {}
        self.name_prefix = name_prefix
        self._runbooks = runbooks
        for color, target_group in target_groups.items():
            of_group: dict[str, Any] = {
                "namespace": "AWS/ApplicationELB",
                "period": PERIOD_SECONDS,
                "dimensions": dimensions(LoadBalancer=load_balancer, TargetGroup=target_group),
            }
            self._add(
                f"{color}-server-errors",
                runbook="server-errors.md",
                description=f"The {color} tasks answer with too many errors of class 5xx",
                metric_name="HTTPCode_Target_5XX_Count",
                statistic="Sum",
                threshold=server_errors,
                **of_group,
            )
            self._add(
                f"{color}-connection-errors",
                runbook="connection-errors.md",
                description=f"The {color} tasks refuse connections, which clients see as 502",
                metric_name="TargetConnectionErrorCount",
                statistic="Sum",
                threshold=server_errors,
                **of_group,
            )
            if latency is not None:
                self._add(
                    f"{color}-latency",
                    runbook="latency.md",
                    description=f"The {color} tasks answer too slowly",
                    metric_name="TargetResponseTime",
                    extended_statistic=f"p{latency.percentile:g}",
                    threshold=latency.threshold.total_seconds(),
                    evaluation_periods=2,
                    **of_group,
                )
            self._add(
                f"{color}-unhealthy-hosts",
                runbook="unhealthy-hosts.md",
                description=f"A {color} task fails its health check",
                metric_name="UnHealthyHostCount",
                statistic="Maximum",
                threshold=1,
                evaluation_periods=2,
                **of_group,
            )
        self._add(
            "hook-errors",
            runbook="hook-errors.md",
            description="A hook function ended without reporting to CodeDeploy",
            metrics=sum_of_errors(hook_functions),
            threshold=1,
        )
        acknowledge_silence(
            self,
            because="These alarms act on releases: CodeDeploy asks for their states, and stops its "
            "deployment when one fires. People are told by the composite alarms above them, once "
            "for all that has one cause.",
        )

    @property
    def alarms(self) -> list[cloudwatch.CfnAlarm]:
        """Those that CodeDeploy asks."""
        return list(self._alarms.values())

    def named(self, *kinds: str) -> list[cloudwatch.CfnAlarm]:
        """Give the alarms of some kinds, such as ``latency``, of both target groups."""
        return [alarm for name, alarm in self._alarms.items() if name.endswith(kinds)]

    def _add(
        self,
        name: str,
        *,
        description: str,
        runbook: str,
        evaluation_periods: int = 1,
        **limit: Any,
    ) -> None:
        # Plain resources: the library's alarms and metrics would be another tenth of what a
        # service costs to synthesise, and say no more.
        self._alarms[name] = cloudwatch.CfnAlarm(
            self,
            name.title().replace("-", ""),
            alarm_name=f"{self.name_prefix}-{name}",
            alarm_description=self._runbooks.describe(description, runbook),
            evaluation_periods=evaluation_periods,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            **limit,
        )


def acknowledge_silence(construct: Construct, *, because: str) -> None:
    """Acknowledge that alarms have no action of their own."""
    acknowledge(construct, "CloudWatchAlarmAction", because=because)
