"""The metrics that are ours: how they are called, so that who writes and who reads them agree."""

from collections.abc import Mapping

DEPLOYMENT_EVENTS = "DeploymentEvents"
"""Counts what CodeDeploy tells of deployments: by ``ServiceName``, and by ``State`` besides.

``release_events.runtime.deployment_metric`` writes it.
"""

STATES: Mapping[str, str] = {
    "START": "release began",
    "SUCCESS": "release succeeded",
    "FAILURE": "release failed",
    "STOP": "release stopped",
}
"""CodeDeploy's states that are told, and what people call them.

https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-cloudwatch-events.html
"""

LEVEL = "Level"
"""The dimension of logged problems: the line's level."""


def namespace(cluster_name: str) -> str:
    """Give the namespace of an environment's own metrics: ``Slipway/shop-prod``."""
    return f"Slipway/{cluster_name}"


def logged_problems(service_name: str) -> str:
    """Give the metric that counts a service's log lines of bad levels: ``LoggedProblems-api``.

    By its name, because a metric filter's dimensions are fields of the line and nothing else: the
    service is not in there.
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
    """
    return f"LoggedProblems-{service_name}"
