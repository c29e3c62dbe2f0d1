"""What a service's log lines say, as metrics."""

from collections.abc import Sequence

from aws_cdk import aws_logs as logs
from constructs import Construct

from slipway_constructs.own_metrics import LEVEL, logged_problems, namespace

LEVELS = ("warning", "error", "critical", "fatal")
"""The levels whose lines are counted, as a service writes them in its JSON."""


def count_problems(
    scope: Construct,
    id_: str,
    *,
    log_group: str,
    cluster_name: str,
    service_name: str,
    levels: Sequence[str] = LEVELS,
) -> None:
    """Count the lines of bad levels: one metric filter, and a metric for each level that occurs.

    It reads the field ``level`` of JSON lines. Levels that are written otherwise (``ERROR``) and
    lines of plain text are not counted: a pattern of words can't be told to leave JSON out, and
    would count lines twice. The saved query of errors reads both.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

    Parameters
    ----------
    scope, id_
        Where the filter lives, and its name there.
    log_group
        The service's log group, which is there before this.
    cluster_name, service_name
        The ECS service.
    levels
        What counts: only these become dimensions, whatever services write.
    """
    logs.CfnMetricFilter(
        scope,
        id_,
        log_group_name=log_group,
        filter_pattern="{ " + " || ".join(f'($.level = "{level}")' for level in levels) + " }",
        metric_transformations=[
            logs.CfnMetricFilter.MetricTransformationProperty(
                metric_namespace=namespace(cluster_name),
                metric_name=logged_problems(service_name),
                metric_value="1",
                unit="Count",
                dimensions=[
                    logs.CfnMetricFilter.DimensionProperty(key=LEVEL, value="$.level"),
                ],
            )
        ],
    )
