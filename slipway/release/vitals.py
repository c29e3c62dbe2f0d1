"""How the two sides of a release fare: target health, requests, and the alarms, at one moment.

A view, and never a judge: what can't be read is named, and the release goes on.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from slipway.release.aws import Aws
from slipway.release.errors import NOT_ALLOWED, SIGNED_OUT, THROTTLING, code
from slipway.release.metrics import Requests, TargetGroups, read_requests
from slipway.release.target import Target

_MOST_POINTS = 240
_PERIODS_BACK = 5

_Read = TypeVar("_Read")


@dataclass(frozen=True, kw_only=True)
class Health:
    """How many targets of a target group are in which state.

    See https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    """

    healthy: int = 0
    unhealthy: int = 0
    initial: int = 0
    """Registered, and not checked often enough yet."""
    draining: int = 0


@dataclass(frozen=True, kw_only=True)
class Vitals:
    """What could be read at one moment; target groups by their names."""

    time: datetime
    health: Mapping[str, Health] = field(default_factory=dict)
    requests: Mapping[str, Requests] = field(default_factory=dict)
    """The last whole interval that the metrics know: on AWS they come a minute or two late."""
    alarms: Mapping[str, str] = field(default_factory=dict)
    """State by name: ``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``."""
    unknown: Mapping[str, str] = field(default_factory=dict)
    """Why health, requests or alarms can't be read, in a few words."""


class Instruments:
    """Reads the vitals of one target; the metrics less often than the rest, as they change less.

    Parameters
    ----------
    period
        How long the intervals of the metrics are: load balancers publish one value a minute.

    See https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    """

    def __init__(
        self, aws: Aws, target: Target, *, period: timedelta = timedelta(minutes=1)
    ) -> None:
        self._aws = aws
        self._target = target
        self._period = period
        self._groups: TargetGroups | None = None
        self._requests: Mapping[str, Requests] = {}
        self._requests_read_at: datetime | None = None

    def read(self, now: datetime | None = None) -> Vitals:
        """Return the vitals of this moment, with a word for each that can't be read."""
        now = now or datetime.now(UTC)
        unknown: dict[str, str] = {}

        def attempt(what: str, read: Callable[[], _Read], otherwise: _Read) -> _Read:
            try:
                return read()
            except (ClientError, BotoCoreError) as error:
                unknown[what] = _word(error)
            except (KeyError, IndexError):
                unknown[what] = "not as expected"
            return otherwise

        return Vitals(
            time=now,
            health=attempt("health", self._health, {}),
            requests=attempt("requests", lambda: self._last_requests(now), self._requests),
            alarms=attempt("alarms", self._alarms, {}),
            unknown=unknown,
        )

    def history(self, since: datetime, until: datetime) -> dict[str, tuple[Requests, ...]]:
        """Return what became of the requests meanwhile, in a few hundred intervals at most.

        Empty where it can't be read.
        """
        periods = (until - since) / self._period
        length = self._period * max(1, math.ceil(periods / _MOST_POINTS))
        try:
            return read_requests(self._aws, self._found(), since, until, length)
        except (ClientError, BotoCoreError, KeyError, IndexError):
            return {}

    def _found(self) -> TargetGroups:
        self._groups = self._groups or TargetGroups.of(self._aws, self._target)
        return self._groups

    def _health(self) -> dict[str, Health]:
        return {
            name: _health(self._aws.elbv2.describe_target_health(TargetGroupArn=arn))
            for name, arn in self._found().arns.items()
        }

    def _last_requests(self, now: datetime) -> Mapping[str, Requests]:
        if self._requests_read_at and now - self._requests_read_at < self._period / 3:
            return self._requests
        found = read_requests(
            self._aws, self._found(), now - _PERIODS_BACK * self._period, now, self._period
        )
        self._requests_read_at = now
        # A side without requests has no metrics; that it has none is known as of the other's.
        ends = [each.begin for intervals in found.values() for each in intervals]
        self._requests = {
            name: next((each for each in intervals if each.begin == max(ends)), None)
            or Requests(begin=max(ends), length=self._period, count=0, errors=0)
            for name, intervals in found.items()
            if ends
        }
        return self._requests

    def _alarms(self) -> dict[str, str]:
        if not self._target.alarms:
            return {}
        answer = self._aws.cloudwatch.describe_alarms(AlarmNames=list(self._target.alarms))
        return {
            alarm["AlarmName"]: alarm["StateValue"]
            for kind in ("MetricAlarms", "CompositeAlarms")
            for alarm in answer.get(kind, [])
        }


def _health(answer: Mapping[str, Any]) -> Health:
    states = Counter(
        each["TargetHealth"]["State"].partition(".")[0]
        for each in answer["TargetHealthDescriptions"]
    )
    return Health(
        healthy=states["healthy"],
        unhealthy=states["unhealthy"] + states["unavailable"],
        initial=states["initial"],
        draining=states["draining"],
    )


def _word(error: ClientError | BotoCoreError) -> str:
    name = code(error)
    if name in NOT_ALLOWED and isinstance(error, ClientError):
        return f"not allowed: {error.operation_name}"
    if name in THROTTLING:
        return "throttled"
    if name in SIGNED_OUT:
        return "signed out"
    return name or "no answer"
