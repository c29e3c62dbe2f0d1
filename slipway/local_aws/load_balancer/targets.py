"""Target groups and the health of their targets, as the load balancer sees them.

States and reason codes are those of DescribeTargetHealth:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

INITIAL, HEALTHY, UNHEALTHY = "initial", "healthy", "unhealthy"
DRAINING, UNUSED = "draining", "unused"

_CODE_MISMATCH = "Target.ResponseCodeMismatch"


@dataclass(frozen=True)
class HealthCheck:
    """How a target group checks its targets; durations are real seconds of this machine."""

    path: str = "/"
    port: int | None = None
    interval_seconds: float = 30.0
    timeout_seconds: float = 5.0
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2
    matcher: str = "200"
    start_seconds: float = 0.0
    """So long a new target has to answer for the first time; until then it is not unhealthy."""

    def accepts(self, status: int) -> bool:
        """Tell whether a status is one of the matcher's codes and ranges (``200,301-303``)."""
        for part in self.matcher.split(","):
            first, _, last = part.strip().partition("-")
            if int(first) <= status <= int(last or first):
                return True
        return False


@dataclass(frozen=True)
class CheckResult:
    """What one health check found; a failure says why."""

    succeeded: bool
    reason: str = ""
    description: str = ""

    @classmethod
    def of_status(cls, check: HealthCheck, status: int) -> CheckResult:
        """Judge an answer by the matcher."""
        if check.accepts(status):
            return cls(True)
        return cls(False, _CODE_MISMATCH, f"Health checks failed with these codes: [{status}]")

    @classmethod
    def timed_out(cls) -> CheckResult:
        """Record that no answer came in time."""
        return cls(False, "Target.Timeout", "Request timed out")

    @classmethod
    def refused(cls) -> CheckResult:
        """Record that nobody listens, or that the connection broke."""
        return cls(False, "Target.FailedHealthChecks", "Health checks failed")


@dataclass
class Target:
    """One registered address and port, and what its checks said so far."""

    id: str
    port: int
    state: str = INITIAL
    reason: str = "Elb.RegistrationInProgress"
    description: str = "Target registration is in progress"
    draining_until: float | None = None
    in_flight: int = 0
    idle_connections: list[Any] = field(default_factory=list, repr=False)
    _since: float = field(default_factory=time.monotonic)
    _successes: int = 0
    _failures: int = 0

    def observe(self, result: CheckResult, check: HealthCheck) -> None:
        """Count a check's result; the state follows once the threshold is reached.

        A new target needs one success only; afterwards the thresholds count.
        """
        if result.succeeded:
            self._successes, self._failures = self._successes + 1, 0
            needed = 1 if self.state == INITIAL else check.healthy_threshold
            if self.state != HEALTHY and self._successes >= needed:
                self.state, self.reason, self.description = HEALTHY, "", ""
            return
        self._successes, self._failures = 0, self._failures + 1
        starting = self.state == INITIAL and time.monotonic() - self._since < check.start_seconds
        if self._failures >= check.unhealthy_threshold and not starting:
            self.state, self.reason, self.description = UNHEALTHY, result.reason, result.description
        elif self.state == INITIAL:
            self.reason = "Elb.InitialHealthChecking"
            self.description = "Initial health checks in progress"

    def start_again(self) -> None:
        """Forget what was observed: the target group came into use, or the target came back."""
        self.state = INITIAL
        self.reason = "Elb.RegistrationInProgress"
        self.description = "Target registration is in progress"
        self.draining_until = None
        self._since = time.monotonic()
        self._successes = self._failures = 0

    def drain(self, seconds: float) -> None:
        """Send no new request here; what is in flight may finish."""
        self.draining_until = time.monotonic() + seconds

    @property
    def draining(self) -> bool:
        """Whether the target was deregistered and still shows."""
        return self.draining_until is not None

    @property
    def gone(self) -> bool:
        """Whether the deregistration delay is over and nothing is in flight."""
        return (
            self.draining_until is not None
            and time.monotonic() >= self.draining_until
            and self.in_flight == 0
        )


@dataclass
class TargetGroup:
    """The targets of one group, and which of them takes the next request.

    The control plane registers while the data plane picks, each in its own thread: whoever walks
    through the targets takes a copy first.
    """

    arn: str
    check: HealthCheck = field(default_factory=HealthCheck)
    check_enabled: bool = True
    deregistration_delay_seconds: float = 300.0
    load_balancers: frozenset[str] = frozenset()
    targets: dict[tuple[str, int], Target] = field(default_factory=dict)
    _turn: Iterator[int] = field(default_factory=itertools.count, repr=False)

    @property
    def in_use(self) -> bool:
        """Whether some listener's rule names the group."""
        return bool(self.load_balancers)

    def set_load_balancers(self, arns: Iterable[str]) -> None:
        """Take over who forwards here; a group that comes into use is checked from the start."""
        came_into_use = not self.load_balancers
        self.load_balancers = frozenset(arns)
        if came_into_use and self.load_balancers:
            for target in list(self.targets.values()):
                if not target.draining:
                    target.start_again()

    def set_registered(self, registered: Iterable[tuple[str, int]]) -> list[Target]:
        """Take over who is registered; return the targets that are new and want checks."""
        wanted = set(registered)
        fresh = []
        for key in wanted:
            target = self.targets.get(key)
            if target is None:
                target = self.targets[key] = Target(*key)
                fresh.append(target)
            elif target.draining:
                target.start_again()
        for key, target in list(self.targets.items()):
            if key not in wanted and not target.draining:
                target.drain(self.deregistration_delay_seconds)
        return fresh

    def forget_all(self) -> None:
        """Let go of every target: no connection to one is kept, or checked, from now on."""
        for target in list(self.targets.values()):
            target.drain(0)
        self.targets.clear()

    def current(self) -> list[Target]:
        """Return the targets that still show, and forget those whose draining is over."""
        for key, target in list(self.targets.items()):
            if target.gone:
                self.targets.pop(key, None)
        return list(self.targets.values())

    def pick(self) -> Target | None:
        """Take the next healthy target in turn.

        Where none is healthy the group fails open: every unhealthy target takes its turn, as
        with an Application Load Balancer. Targets that are new or draining get nothing.
        """
        registered = [target for target in list(self.targets.values()) if not target.draining]
        candidates = [target for target in registered if target.state == HEALTHY] or [
            target for target in registered if target.state == UNHEALTHY
        ]
        if not candidates:
            return None
        return candidates[next(self._turn) % len(candidates)]

    def count(self, state: str) -> int:
        """Return how many registered targets are in a state."""
        return sum(
            target.state == state and not target.draining for target in list(self.targets.values())
        )

    def health_of(self, target: Target) -> tuple[str, str, str]:
        """Return state, reason code and description as DescribeTargetHealth reports them."""
        if target.draining:
            return (
                DRAINING,
                "Target.DeregistrationInProgress",
                "Target deregistration is in progress",
            )
        if not self.in_use:
            return (
                UNUSED,
                "Target.NotInUse",
                "Target group is not configured to receive traffic from the load balancer",
            )
        return target.state, target.reason, target.description
