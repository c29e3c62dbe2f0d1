"""What alarms compute from several metrics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

All of it is plain data, under the names that the library has for it in its own language: it checks
them either way. In Python its structures are checked and copied field by field, also those fields
that nobody fills, and a service has dozens of these.
https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_cloudwatch.CfnAlarm.MetricDataQueryProperty.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

Query = dict[str, Any]

PERIOD_SECONDS = 60


def dimensions(**values: str) -> list[dict[str, str]]:
    """Write the dimensions of a metric as alarms take them."""
    return [{"name": name, "value": value} for name, value in values.items()]


def computed(expression: str) -> Query:
    """Give what an alarm watches: the value of an expression over the other queries."""
    return {"id": "expr_1", "expression": expression, "returnData": True}


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
    return {
        "id": id_,
        "metricStat": {
            "metric": {"namespace": namespace, "metricName": name, "dimensions": dimensions(**of)},
            "period": period_seconds,
            "stat": statistic,
        },
        "returnData": False,
    }


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
