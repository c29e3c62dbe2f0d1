"""The alarm for when tasks on EC2 find no room."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from slipway_constructs.alarms import acknowledge_silence
from slipway_constructs.metric_math import PERIOD_SECONDS, dimensions
from slipway_constructs.runbooks import Runbooks

# What it takes to start an instance and to place tasks on it, three times over.
_MINUTES = 15


def add_capacity_alarm(
    scope: Construct,
    id_: str,
    *,
    name: str,
    cluster_name: str,
    capacity_provider_name: str,
    runbooks: Runbooks,
) -> None:
    """Watch whether the capacity provider has had fewer instances than its tasks need, for long.

    It tells nobody: the composite alarm of what the services share does.

    Parameters
    ----------
    scope, id_
        Where it lives, and its name there.
    name
        The alarm's name, by which others know it.
    cluster_name, capacity_provider_name
        As the metric's dimensions have them. Above 100 percent of its instances are needed; it
        stays there where the Auto Scaling group is at its maximum, or gets no instances.
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-auto-scaling.html
    runbooks
        Where the page on it is.
    """
    alarm = cloudwatch.CfnAlarm(
        scope,
        id_,
        alarm_name=name,
        alarm_description=runbooks.describe(
            f"Tasks on EC2 have needed more instances than there are for {_MINUTES} minutes",
            "tasks-without-room.md",
        ),
        namespace="AWS/ECS/ManagedScaling",
        metric_name="CapacityProviderReservation",
        dimensions=dimensions(
            CapacityProviderName=capacity_provider_name, ClusterName=cluster_name
        ),
        statistic="Average",
        period=PERIOD_SECONDS,
        threshold=100,
        evaluation_periods=_MINUTES,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
    )
    acknowledge_silence(
        alarm,
        because="The composite alarm of what the services share calls people for it, once, and the "
        "services' own alarms leave it to that one.",
    )
