"""What alarms compute from several metrics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_cloudwatch as cloudwatch

Query = cloudwatch.CfnAlarm.MetricDataQueryProperty

PERIOD_SECONDS = 60


def dimensions(**values: str) -> list[cloudwatch.CfnAlarm.DimensionProperty]:
    """Write the dimensions of a metric as alarms take them."""
    return [
        cloudwatch.CfnAlarm.DimensionProperty(name=name, value=value)
        for name, value in values.items()
    ]


def computed(expression: str) -> Query:
    """Give what an alarm watches: the value of an expression over the other queries."""
    return Query(id="expr_1", expression=expression, return_data=True)


def of_metric(
    id_: str,
    namespace: str,
    name: str,
    of: Mapping[str, str],
    *,
    statistic: str = "Average",
    period_seconds: int = PERIOD_SECONDS,
) -> Query:
    """Give a metric that an expression speaks of by its id."""
    return Query(
        id=id_,
        metric_stat=cloudwatch.CfnAlarm.MetricStatProperty(
            metric=cloudwatch.CfnAlarm.MetricProperty(
                namespace=namespace, metric_name=name, dimensions=dimensions(**of)
            ),
            period=period_seconds,
            stat=statistic,
        ),
        return_data=False,
    )


def sum_of_errors(functions: Sequence[str], *, period_seconds: int = PERIOD_SECONDS) -> list[Query]:
    """Add up the functions' errors; one that was never called counts as none."""
    names = {f"hook{number}": name for number, name in enumerate(functions, start=1)}
    return [
        computed("+".join(f"FILL({id_}, 0)" for id_ in names)),
        *(
            of_metric(
                id_,
                "AWS/Lambda",
                "Errors",
                {"FunctionName": name},
                statistic="Sum",
                period_seconds=period_seconds,
            )
            for id_, name in names.items()
        ),
    ]
