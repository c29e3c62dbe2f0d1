"""The alarms of a service."""

from __future__ import annotations

from slipway.release.aws import Aws
from slipway.release.errors import aws_errors
from slipway.release.target import Target


def firing(aws: Aws, target: Target) -> frozenset[str]:
    """Name the service's alarms that fire.

    Raises
    ------
    AwsError
        When AWS refuses or can't be reached.

    See https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
    """
    if not target.alarms:
        return frozenset()
    with aws_errors(f"read the alarms of {target.service}"):
        answer = aws.cloudwatch.describe_alarms(AlarmNames=list(target.alarms), StateValue="ALARM")
    return frozenset(alarm["AlarmName"] for alarm in answer["MetricAlarms"])
