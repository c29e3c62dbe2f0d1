"""What the report of a release holds.

Its JSON has these names. The schema stays stable: names are added, and none changes its meaning
without another `SCHEMA`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

SCHEMA = 1


class Outcome(StrEnum):
    """What became of a release."""

    LIVE = "live"
    """All traffic is on its revision, and the last hook has passed."""
    FAILED = "failed"
    STOPPED = "stopped"
    LEFT = "left"
    """It went on when nobody followed it any more."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a deployment at one moment."""

    target_group: str
    """Its name; ``blue`` or ``green`` where CodeDeploy doesn't say it."""
    traffic_percent: float
    tasks_running: int
    tasks_desired: int
    healthy: int | None = None
    """Targets that pass their health check; None where that isn't known."""
    unhealthy: int | None = None
    initial: int | None = None
    """Targets that were not checked often enough yet."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """How both sides stood at one moment, and until the next sample."""

    time: datetime
    deployment_id: str
    blue: Side | None
    green: Side | None

    def of(self, target_group: str) -> Side | None:
        """Return the side that has a target group, whatever the deployment calls it."""
        sides = (self.blue, self.green)
        return next((each for each in sides if each and each.target_group == target_group), None)


@dataclass(frozen=True, kw_only=True)
class Event:
    """A lifecycle event of a deployment."""

    name: str
    status: str
    """CodeDeploy's: ``Pending``, ``InProgress``, ``Succeeded``, ``Failed`` or ``Skipped``."""
    hook: bool
    """Whether a Lambda function decides it."""
    started_at: datetime | None
    ended_at: datetime | None
    diagnosis: str = ""


@dataclass(frozen=True, kw_only=True)
class ReportedDeployment:
    """A deployment, as it was when it was seen last."""

    id: str
    title: str
    """What it was to do, for people."""
    status: str
    """CodeDeploy's."""
    is_rollback: bool
    started_at: datetime
    ended_at: datetime | None
    error: str
    events: tuple[Event, ...]


@dataclass(frozen=True, kw_only=True)
class Interval:
    """What became of the requests to a target group in one interval."""

    started_at: datetime
    seconds: float
    requests: int
    errors: int
    """Answers of 5xx by its targets, and connections to them that failed."""
    p50_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True, kw_only=True)
class AlarmChange:
    """An alarm that was seen in a state for the first time, or in another one than before."""

    time: datetime
    name: str
    state: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """A line that whoever followed was told."""

    time: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class ReleaseReport:
    """All that was seen of a release, and of what rolled it back."""

    schema: int = SCHEMA
    service: str
    environment: str
    revision: str
    """``family:revision`` that was released."""
    outcome: Outcome
    reason: str = ""
    """Why it failed or was stopped."""
    rollback_id: str | None = None
    """The deployment that rolled it back."""
    started_at: datetime
    ended_at: datetime
    """When it was seen last."""
    deployments: tuple[ReportedDeployment, ...]
    """The release first."""
    samples: tuple[Sample, ...] = ()
    requests: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    """By target group."""
    alarms: tuple[AlarmChange, ...] = ()
    told: tuple[Told, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)
    """What couldn't be read at the last, and why, in a few words."""

    @property
    def id(self) -> str:
        """The id of the deployment that it is about."""
        return self.deployments[0].id

    @property
    def took(self) -> timedelta:
        """How long the release itself took, without what rolled it back, as far as it was seen."""
        return (self.deployments[0].ended_at or self.ended_at) - self.started_at

    @property
    def sides(self) -> dict[str, str]:
        """What the release calls each target group: ``blue`` or ``green``; blue comes first.

        A rollback that follows may call them the other way round.
        """
        own = [each for each in self.samples if each.deployment_id == self.id]
        found: dict[str, str] = {}
        for role in ("blue", "green"):
            for sample in own:
                side = sample.blue if role == "blue" else sample.green
                if side is not None:
                    found.setdefault(side.target_group, role)
        return found
