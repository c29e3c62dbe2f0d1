"""The alarms that call people: composite ones, above metric alarms that tell nobody.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from slipway_constructs.alarms import ReleaseAlarms
from slipway_constructs.metric_math import computed, dimensions, of_metric
from slipway_constructs.own_metrics import DEPLOYMENT_EVENTS, namespace
from slipway_constructs.runbooks import Runbooks
from slipway_constructs.values import arn

# What a caller notices. A task that fails its health check gets no traffic any more, and a hook
# function serves nobody: neither is a reason to wake somebody up.
_NOTICED_BY_CALLERS = ("server-errors", "connection-errors", "latency")

# A task that ends is replaced within minutes, on EC2 also where an instance has to start first.
_MISSING_MINUTES, _MISSING_OF_MINUTES = 10, 15

# After each of CodeDeploy's events: as long as a release waits for additional tasks, or a rollback
# takes. It ends by itself, so that a lost event mutes nothing for good.
_RELEASE_PERIOD = timedelta(minutes=5)
_RELEASE_PERIODS = 6
# CodeDeploy's event comes by way of a queue that holds it for a minute.
_SUPPRESSOR_WAIT = timedelta(minutes=3)
_SUPPRESSOR_EXTENSION = timedelta(minutes=1)


def add_composite_alarm(
    scope: Construct,
    id_: str,
    *,
    name: str,
    description: str,
    rule: str,
    notifications: str,
    **suppressor: Any,
) -> cloudwatch.CfnCompositeAlarm:
    """Add an alarm that calls people, and tells them when it is over.

    CloudWatch refuses to make one before the alarms that it names, and to delete one of those
    before it.
    """
    return cloudwatch.CfnCompositeAlarm(
        scope,
        id_,
        alarm_name=name,
        alarm_description=description,
        alarm_rule=rule,
        alarm_actions=[notifications],
        ok_actions=[notifications],
        **suppressor,
    )


def any_of(alarm_arns: Sequence[str]) -> str:
    """Write the rule of a composite alarm: one of these alarms fires."""
    return " OR ".join(f'ALARM("{each}")' for each in alarm_arns)


def call_when_callers_notice(
    alarms: ReleaseAlarms,
    *,
    from_outside: Sequence[str] = (),
    notifications: str,
    runbooks: Runbooks,
) -> None:
    """Call people for what callers notice: ``<name_prefix>-traffic``.

    Nothing suppresses it. CodeDeploy takes a bad release back by itself, but callers hurt all the
    same, and a release may wait for somebody's approval for days.

    Parameters
    ----------
    alarms
        The service's; the composite alarm is in their scope.
    from_outside
        ARNs of alarms on what is asked from outside, as a client asks.
    notifications
        ARN of the topic that is told.
    runbooks
        Where the page on it is.
    """
    noticed = [each.attr_arn for each in alarms.named(*_NOTICED_BY_CALLERS)]
    add_composite_alarm(
        alarms,
        "Traffic",
        name=f"{alarms.name_prefix}-traffic",
        description=runbooks.describe(
            "Callers get errors, refused connections or slow answers",
            "callers-notice-something.md",
        ),
        rule=f"({any_of([*noticed, *from_outside])})",
        notifications=notifications,
    )


def call_when_tasks_are_missing(
    alarms: ReleaseAlarms,
    *,
    cluster_name: str,
    service_name: str,
    load_balancer: str,
    target_groups: Sequence[str],
    capacity_alarm: str | None,
    notifications: str,
    runbooks: Runbooks,
) -> None:
    """Call people when a service has too few tasks for too long: ``<name_prefix>-tasks``.

    Too few is fewer than are desired, of those that run or of those that are healthy. Around a
    release nobody is called: it waits for tasks itself, and says why none come.

    Parameters
    ----------
    alarms
        The service's; these are in their scope.
    cluster_name, service_name
        The ECS service. Its tasks' metrics need Container Insights.
    load_balancer, target_groups
        Full names, as the metrics' dimensions have them.
    capacity_alarm
        Name of the alarm that says that the service's instances have no room: where that one
        calls, this one need not.
    notifications
        ARN of the topic that is told.
    runbooks
        Where the page on it is.
    """
    service = {"ClusterName": cluster_name, "ServiceName": service_name}
    healthy = {
        f"healthy{number}": {"LoadBalancer": load_balancer, "TargetGroup": group}
        for number, group in enumerate(target_groups, start=1)
    }
    filled = ", ".join(f"FILL({id_}, 0)" for id_ in healthy)
    missing = cloudwatch.CfnAlarm(
        alarms,
        "TasksMissing",
        alarm_name=f"{alarms.name_prefix}-tasks-missing",
        alarm_description=runbooks.describe(
            f"Fewer tasks run, or are healthy, than are desired, for {_MISSING_MINUTES} minutes of "
            f"{_MISSING_OF_MINUTES}",
            "tasks-missing.md",
        ),
        metrics=[
            # Blue and green together: during a shift both have tasks. A group without any has no
            # metric, hence the sum of what there is.
            computed(f"desired - MIN([running, SUM([{filled}])])"),
            of_metric("desired", "ECS/ContainerInsights", "DesiredTaskCount", service),
            of_metric("running", "ECS/ContainerInsights", "RunningTaskCount", service),
            *(
                of_metric(id_, "AWS/ApplicationELB", "HealthyHostCount", group)
                for id_, group in healthy.items()
            ),
        ],
        threshold=1,
        evaluation_periods=_MISSING_OF_MINUTES,
        datapoints_to_alarm=_MISSING_MINUTES,
        comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="notBreaching",
    )
    releasing = cloudwatch.CfnAlarm(
        alarms,
        "Releasing",
        alarm_name=f"{alarms.name_prefix}-releasing",
        alarm_description=runbooks.describe(
            "A release began or ended in the last half hour: nothing is wrong",
            "tasks-missing.md#around-a-release",
        ),
        namespace=namespace(cluster_name),
        metric_name=DEPLOYMENT_EVENTS,
        dimensions=dimensions(ServiceName=service_name),
        statistic="Sum",
        period=int(_RELEASE_PERIOD.total_seconds()),
        threshold=1,
        evaluation_periods=_RELEASE_PERIODS,
        datapoints_to_alarm=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="notBreaching",
    )
    rule = any_of([missing.attr_arn])
    if capacity_alarm is not None:
        rule += f' AND NOT ALARM("{arn(alarms, "cloudwatch", f"alarm:{capacity_alarm}")}")'
    add_composite_alarm(
        alarms,
        "Tasks",
        name=f"{alarms.name_prefix}-tasks",
        description=runbooks.describe(
            "The service has had too few tasks for too long, and no release explains it",
            "tasks-missing.md",
        ),
        rule=rule,
        notifications=notifications,
        actions_suppressor=releasing.attr_arn,
        actions_suppressor_wait_period=int(_SUPPRESSOR_WAIT.total_seconds()),
        actions_suppressor_extension_period=int(_SUPPRESSOR_EXTENSION.total_seconds()),
    )
