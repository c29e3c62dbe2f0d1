"""What load balancers publish about the requests to the two target groups of a service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from slipway.release.aws import Aws
from slipway.release.target import Target
from slipway.release.traffic import target_group_pair

NAMESPACE = "AWS/ApplicationELB"


@dataclass(frozen=True, kw_only=True)
class Requests:
    """What became of the requests to one target group in one interval."""

    begin: datetime
    length: timedelta
    count: int
    errors: int
    """Answers of 5xx by its targets, and connections to them that failed."""
    p50: timedelta | None = None
    """Median of its targets' response times; None where none answered."""
    p99: timedelta | None = None

    @property
    def end(self) -> datetime:
        """The moment that it says something of."""
        return self.begin + self.length

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return self.count / self.length.total_seconds()

    @property
    def error_percent(self) -> float:
        """The share of them that failed; a failed connection may be one of several attempts."""
        return min(100.0, 100 * self.errors / self.count) if self.count else 0.0


@dataclass(frozen=True)
class TargetGroups:
    """The two target groups, and the load balancer that they are behind."""

    arns: Mapping[str, str]
    """By name."""
    load_balancer: str | None
    """Its ARN; None where neither group is behind one."""

    @classmethod
    def of(cls, aws: Aws, target: Target) -> TargetGroups:
        """Find them through the deployment group; botocore's errors pass."""
        names = [group["name"] for group in target_group_pair(aws, target)["targetGroups"]]
        found = aws.elbv2.describe_target_groups(Names=names)["TargetGroups"]
        behind = [arn for group in found for arn in group.get("LoadBalancerArns", [])]
        return cls(
            arns={group["TargetGroupName"]: group["TargetGroupArn"] for group in found},
            load_balancer=behind[0] if behind else None,
        )

    def dimensions(self, name: str) -> list[dict[str, str]]:
        """Name a group and its load balancer as metrics do."""
        if self.load_balancer is None:
            raise KeyError("LoadBalancerArns")
        return [
            {"Name": "TargetGroup", "Value": self.arns[name].rpartition(":")[2]},
            {
                "Name": "LoadBalancer",
                "Value": self.load_balancer.rpartition(":")[2].removeprefix("loadbalancer/"),
            },
        ]


def read_requests(
    aws: Aws, groups: TargetGroups, since: datetime, until: datetime, length: timedelta
) -> dict[str, tuple[Requests, ...]]:
    """Ask for all metrics of both groups at once, in whole intervals; botocore's errors pass.

    See https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
    """
    names = list(groups.arns)
    begin, end = _whole(since, length), _whole(until, length)
    if begin >= end:
        return dict.fromkeys(names, ())
    values: dict[str, dict[datetime, float]] = {}
    asked = {
        "MetricDataQueries": [
            _query(f"{metric}_{number}", groups.dimensions(name), metric, length)
            for number, name in enumerate(names)
            for metric in _METRICS
        ],
        "StartTime": begin,
        "EndTime": end,
        "ScanBy": "TimestampAscending",
    }
    while True:
        answer = aws.cloudwatch.get_metric_data(**asked)
        for result in answer["MetricDataResults"]:
            points = zip(result["Timestamps"], result["Values"], strict=False)
            values.setdefault(result["Id"], {}).update(points)
        if not answer.get("NextToken"):
            break
        asked["NextToken"] = answer["NextToken"]
    return {
        name: tuple(
            _intervals(
                {metric: values.get(f"{metric}_{number}", {}) for metric in _METRICS}, length
            )
        )
        for number, name in enumerate(names)
    }


_METRICS = {
    "count": ("RequestCount", "Sum"),
    "errors": ("HTTPCode_Target_5XX_Count", "Sum"),
    "refused": ("TargetConnectionErrorCount", "Sum"),
    "p50": ("TargetResponseTime", "p50"),
    "p99": ("TargetResponseTime", "p99"),
}


def _query(
    id_: str, dimensions: list[dict[str, str]], metric: str, length: timedelta
) -> dict[str, Any]:
    name, statistic = _METRICS[metric]
    return {
        "Id": id_,
        "MetricStat": {
            "Metric": {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": dimensions},
            "Period": int(length.total_seconds()),
            "Stat": statistic,
        },
    }


def _intervals(
    values: Mapping[str, Mapping[datetime, float]], length: timedelta
) -> Iterator[Requests]:
    for begin in sorted(set(values["count"]) | set(values["refused"])):
        refused = int(values["refused"].get(begin, 0))
        yield Requests(
            begin=begin,
            length=length,
            count=int(values["count"].get(begin, 0)),
            errors=int(values["errors"].get(begin, 0)) + refused,
            p50=_seconds(values["p50"].get(begin)),
            p99=_seconds(values["p99"].get(begin)),
        )


def _whole(moment: datetime, length: timedelta) -> datetime:
    """Return the beginning of the interval that a moment is in: only what is over is whole."""
    seconds = length.total_seconds()
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, UTC)


def _seconds(value: float | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)
