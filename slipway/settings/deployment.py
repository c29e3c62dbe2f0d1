"""How a service is released: engine, traffic shift, alarms and checks."""

from datetime import timedelta
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from slipway.settings.checks import Check, Latency
from slipway.settings.errors import RuleError
from slipway.settings.model import ExactlyOne, Model
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


class Shift(ExactlyOne):
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


class Alarms(Model):
    """The alarms that stop a deployment and roll it back."""

    server_errors: int = Field(default=5, ge=1)
    """Responses of 5xx in a minute."""
    latency: Latency | None = None
    """How long responses may take."""


_NO_TASKS = "green's tasks start after BeforeInstall"
_NO_TEST_TRAFFIC = "the test listener reaches green after AfterInstall"
# https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
_TOO_EARLY: tuple[tuple[LifecycleEvent, str, str], ...] = (
    ("BeforeInstall", "targets_healthy", _NO_TASKS),
    *(("BeforeInstall", kind, _NO_TASKS) for kind in ("http", "burst", "compare")),
    *(("AfterInstall", kind, _NO_TEST_TRAFFIC) for kind in ("http", "burst", "compare")),
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
        if isinstance(engine, str) and engine != "codedeploy":
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
        for index, check in enumerate(checks.get("AfterAllowTraffic", ())):
            if check.compare:
                raise RuleError(
                    "comes too late: production traffic goes to green before AfterAllowTraffic; "
                    "move it to an earlier event",
                    at=("AfterAllowTraffic", index, "compare"),
                )
        return checks
