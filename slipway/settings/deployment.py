"""How a service is released: engine, traffic shift, alarms and checks."""

from datetime import timedelta
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from slipway.settings.errors import RuleError
from slipway.settings.model import Model, Text, UrlPath
from slipway.settings.units import Duration, WholeMinutes, between, format_duration

LifecycleEvent = Literal[
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
]
"""The events at which CodeDeploy calls a hook, in their order.

https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
"""
LIFECYCLE_EVENTS: tuple[LifecycleEvent, ...] = get_args(LifecycleEvent)

Percent = Annotated[int, Field(ge=1, le=99)]
Interval = Annotated[Duration, AfterValidator(between("1m", "2880m", step=timedelta(minutes=1)))]


class _ExactlyOne(Model):
    """A mapping in which the key is the choice."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "_ExactlyOne":
        chosen = self._chosen()
        if len(chosen) != 1:
            choices = ", ".join(type(self).model_fields)
            given = f"it has {' and '.join(chosen)}" if chosen else "it has none"
            raise RuleError(f"must have exactly one of {choices} ({given})")
        return self

    @property
    def kind(self) -> str:
        """The key that was chosen."""
        return self._chosen()[0]

    def _chosen(self) -> list[str]:
        return [key for key in type(self).model_fields if getattr(self, key) is not None]


class Canary(Model):
    """A share of the traffic first, the rest after an interval."""

    percent: Percent
    """The share that moves first."""
    interval: Interval
    """How long the share is watched before the rest follows; whole minutes."""


class Linear(Model):
    """Equal shares of the traffic at equal intervals."""

    percent: Percent
    """The share that moves at each step."""
    interval: Interval
    """The time between two steps; whole minutes."""

    @field_validator("interval")
    @classmethod
    def _within_two_days(cls, interval: timedelta, info: ValidationInfo) -> timedelta:
        # CodeDeploy allows 2,880 minutes between the first and the last shift.
        # https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html
        duration = _linear_duration(info.data.get("percent", 100), interval)
        if duration > timedelta(minutes=2880):
            raise RuleError(
                f"makes the shift take {format_duration(duration)}; "
                f"CodeDeploy allows 2880m from the first step to the last"
            )
        return interval

    @property
    def duration(self) -> timedelta:
        """From the first step to the last."""
        return _linear_duration(self.percent, self.interval)


def _linear_duration(percent: int, interval: timedelta) -> timedelta:
    return (-(-100 // percent) - 1) * interval


class AllAtOnce(Model):
    """All of the traffic in one step."""


class Shift(_ExactlyOne):
    """How production traffic moves from blue to green: one of three ways."""

    canary: Canary | None = None
    """A share of the traffic first, the rest after an interval."""
    linear: Linear | None = None
    """Equal shares of the traffic at equal intervals."""
    all_at_once: AllAtOnce | None = None
    """All of the traffic in one step."""

    @property
    def duration(self) -> timedelta:
        """From the first share of the traffic to the last."""
        if self.canary is not None:
            return self.canary.interval
        return self.linear.duration if self.linear is not None else timedelta()


class Approval(Model):
    """Somebody's word, for which a deployment waits."""

    before_traffic: bool = False
    """Whether green, tested, waits for approval before it gets production traffic."""
    timeout: Annotated[
        Duration, AfterValidator(between("1m", "7200m", step=timedelta(minutes=1)))
    ] = timedelta(hours=4)
    """How long it waits before the deployment is stopped; whole minutes, five days at most."""


class Latency(Model):
    """A limit on how long responses may take."""

    percentile: int = Field(ge=1, le=100)
    """The share of responses that must stay below the threshold."""
    threshold: Duration
    """The longest time that is good enough."""

    @field_validator("threshold")
    @classmethod
    def _positive(cls, threshold: timedelta) -> timedelta:
        if not threshold:
            raise RuleError("must be longer than 0s, such as 500ms")
        return threshold


class Alarms(Model):
    """The alarms that stop a deployment and roll it back."""

    server_errors: int = Field(default=5, ge=1)
    """Responses of 5xx in a minute."""
    latency: Latency | None = None
    """How long responses may take."""


class HttpCheck(Model):
    """Requests to green through the test listener."""

    path: UrlPath
    """What is asked for; begins with /."""
    method: Literal["GET", "HEAD", "OPTIONS"] = "GET"
    """The method; only those that change nothing."""
    status: int = Field(default=200, ge=200, le=599)
    """The status that is expected."""
    body: Text | None = None
    """Text that the body must contain."""
    requests: int = Field(default=1, ge=1, le=1000)
    """How often it is asked."""
    latency: Latency | None = None
    """How long the responses may take."""
    timeout: Annotated[Duration, AfterValidator(between("1s", "60s"))] = timedelta(seconds=5)
    """How long one response is waited for."""

    @field_validator("body")
    @classmethod
    def _that_the_method_asks_for(cls, body: str | None, info: ValidationInfo) -> str | None:
        if body and info.data.get("method") == "HEAD":
            raise RuleError("must go, or {here}method: an answer to HEAD has no body")
        return body

    @field_validator("timeout")
    @classmethod
    def _leaves_room_for_slow_answers(cls, timeout: timedelta, info: ValidationInfo) -> timedelta:
        latency = info.data.get("latency")
        if latency and timeout <= latency.threshold:
            raise RuleError(
                f"must be longer than {{here}}latency.threshold ({format_duration(timeout)} <= "
                f"{format_duration(latency.threshold)}), or no answer is ever too slow"
            )
        return timeout


class TargetsHealthy(Model):
    """Every target of green is healthy."""


class AlarmsQuiet(Model):
    """None of the service's alarms is in alarm."""


class ImageScan(Model):
    """The scan of green's image has no finding above a severity."""

    allowed: Literal["none", "informational", "low", "medium", "high"]
    """The highest severity that is tolerated; findings above it fail."""
    # A Lambda function runs for 15 minutes at most, and the hook has to answer within them.
    timeout: Annotated[Duration, AfterValidator(between("1s", "10m"))] = timedelta(minutes=5)
    """How long the scan's result is waited for."""


class Check(_ExactlyOne):
    """One check of a hook."""

    http: HttpCheck | None = None
    """Requests to green through the test listener."""
    targets_healthy: TargetsHealthy | None = None
    """Every target of green is healthy."""
    alarms_quiet: AlarmsQuiet | None = None
    """None of the service's alarms is in alarm."""
    image_scan: ImageScan | None = None
    """The scan of green's image has no finding above a severity."""


# https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
_TOO_EARLY: tuple[tuple[LifecycleEvent, str, str], ...] = (
    ("BeforeInstall", "targets_healthy", "green's tasks start after BeforeInstall"),
    ("BeforeInstall", "http", "green's tasks start after BeforeInstall"),
    ("AfterInstall", "http", "the test listener reaches green after AfterInstall"),
)


# A CodeDeploy action of CodePipeline lives five days and waits through the termination wait; the
# hooks need the rest. https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
_LONGEST_DEPLOYMENT = timedelta(hours=110)


class Deployment(Model):
    """How a service is released."""

    engine: Literal["codedeploy"] = "codedeploy"
    """What carries the release out."""
    shift: Shift = Shift(canary=Canary(percent=10, interval=timedelta(minutes=5)))
    """How production traffic moves from blue to green."""
    approval: Approval = Approval()
    """Whether a deployment waits for somebody's word."""
    termination_wait: WholeMinutes = timedelta(minutes=15)
    """How long blue is kept after the shift, for a rollback without a start; whole minutes."""
    alarms: Alarms = Alarms()
    """The alarms that stop a deployment and roll it back."""
    checks: dict[LifecycleEvent, tuple[Check, ...]] = Field(default_factory=dict)
    """What the hooks check at each lifecycle event."""

    @field_validator("engine", mode="before")
    @classmethod
    def _the_only_engine(cls, engine: object) -> object:
        if engine != "codedeploy":
            raise RuleError(f"must be codedeploy, the only engine so far, not {engine!r:.60}")
        return engine

    @field_validator("termination_wait")
    @classmethod
    def _within_a_pipeline(cls, termination_wait: timedelta, info: ValidationInfo) -> timedelta:
        shift, approval = info.data.get("shift"), info.data.get("approval")
        if shift is None or approval is None:
            return termination_wait
        waits = shift.duration + termination_wait
        waits += approval.timeout if approval.before_traffic else timedelta()
        if waits > _LONGEST_DEPLOYMENT:
            raise RuleError(
                f"must be shorter, or {{here}}approval.timeout or {{here}}shift: together they "
                f"may take {format_duration(waits)}, and a pipeline waits "
                f"{format_duration(_LONGEST_DEPLOYMENT)} at most"
            )
        return termination_wait

    @field_validator("checks")
    @classmethod
    def _where_green_can_be_asked(
        cls, checks: dict[LifecycleEvent, tuple[Check, ...]]
    ) -> dict[LifecycleEvent, tuple[Check, ...]]:
        for event, kind, reason in _TOO_EARLY:
            for index, check in enumerate(checks.get(event, ())):
                if check.kind == kind:
                    raise RuleError(
                        f"comes too early: {reason}; move it to a later event",
                        at=(event, index, kind),
                    )
        return checks
