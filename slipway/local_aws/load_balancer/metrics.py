"""What load balancers publish to CloudWatch.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

NAMESPACE = "AWS/ApplicationELB"

Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Datum:
    """A value of a metric, and how often it occurred."""

    arn: str
    name: str
    dimensions: Dimensions
    value: float
    occurrences: float
    unit: str


def full_name(arn: str) -> str:
    """Return what CloudWatch's dimensions call a load balancer or target group.

    ``app/<name>/<id>`` for a load balancer, ``targetgroup/<name>/<id>`` for a target group.
    """
    return arn.rpartition(":")[2].removeprefix("loadbalancer/")


def dimensions(load_balancer_arn: str, target_group_arn: str = "") -> Dimensions:
    """Return the dimensions of a load balancer's metric, or of one of its target groups."""
    own = (("LoadBalancer", full_name(load_balancer_arn)),)
    return (("TargetGroup", full_name(target_group_arn)), *own) if target_group_arn else own


@dataclass
class RequestMetrics:
    """Counts requests until somebody publishes the counts; any thread may count."""

    _counts: Counter[tuple[str, str, Dimensions, float, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answered_by_target(
        self, load_balancer_arn: str, target_group_arn: str, status: int, seconds: float
    ) -> None:
        """Count a response of a target: for the load balancer, and for its target group."""
        milliseconds = max(round(seconds, 3), 0.001)
        with self._lock:
            for names in (
                dimensions(load_balancer_arn),
                dimensions(load_balancer_arn, target_group_arn),
            ):
                self._count(load_balancer_arn, "RequestCount", names)
                self._count(load_balancer_arn, f"HTTPCode_Target_{status // 100}XX_Count", names)
                key = (load_balancer_arn, "TargetResponseTime", names, milliseconds, "Seconds")
                self._counts[key] += 1

    def answered_here(self, load_balancer_arn: str, status: int) -> None:
        """Count a response that the load balancer gave itself."""
        names = dimensions(load_balancer_arn)
        with self._lock:
            self._count(load_balancer_arn, "RequestCount", names)
            if status >= 300:
                self._count(load_balancer_arn, f"HTTPCode_ELB_{status // 100}XX_Count", names)
            if status in (502, 503, 504):
                self._count(load_balancer_arn, f"HTTPCode_ELB_{status}_Count", names)

    def unanswered_by_target(
        self, load_balancer_arn: str, target_group_arn: str, *, connected: bool
    ) -> None:
        """Count a request that a target was chosen for and didn't answer, for its target group.

        The load balancer answers it in the target's place, and counts that itself.
        """
        own, of_group = (
            dimensions(load_balancer_arn),
            dimensions(load_balancer_arn, target_group_arn),
        )
        with self._lock:
            self._count(load_balancer_arn, "RequestCount", of_group)
            if not connected:
                self._count(load_balancer_arn, "TargetConnectionErrorCount", own)
                self._count(load_balancer_arn, "TargetConnectionErrorCount", of_group)

    def take(self) -> list[Datum]:
        """Return what was counted since the last call."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return [
            Datum(arn, name, names, value, occurrences, unit)
            for (arn, name, names, value, unit), occurrences in counts.items()
        ]

    def _count(self, arn: str, name: str, names: Dimensions) -> None:
        self._counts[(arn, name, names, 1.0, "Count")] += 1
