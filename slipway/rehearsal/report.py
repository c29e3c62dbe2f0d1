"""What a rehearsal has to tell, and how it is told to machines.

The schema of ``report.json`` is kept stable and described in ``docs/rehearsal.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from slipway.rehearsal.traffic import INTERVAL, Traffic


@dataclass(frozen=True)
class Stack:
    """A CloudFormation stack that the rehearsal deployed."""

    name: str
    status: str
    """CloudFormation's: ``CREATE_COMPLETE``, …"""
    duration: timedelta


@dataclass(frozen=True)
class Event:
    """A lifecycle event of a deployment."""

    name: str
    status: str
    """CodeDeploy's: ``Pending``, ``InProgress``, ``Succeeded``, ``Failed``, ``Skipped``, …"""
    hook: bool
    """Whether a Lambda function of ours decides it."""
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Deployment:
    """A CodeDeploy deployment and how it went."""

    service: str
    """The ECS service that was deployed."""
    id: str
    title: str
    """What it was to do, for people: ``version 2``."""
    status: str
    """CodeDeploy's: ``Succeeded``, ``Failed``, ``Stopped``, …"""
    started_at: datetime
    ended_at: datetime | None
    events: tuple[Event, ...]
    message: str | None = None
    """Why it failed or was stopped."""
    rollback_of: str | None = None
    """The deployment that this one takes back."""


@dataclass(frozen=True)
class Check:
    """Something that the rehearsal promises, and whether it held."""

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True)
class Report:
    """The whole rehearsal."""

    status: Literal["passed", "failed"]
    service: str
    started_at: datetime
    duration: timedelta
    stacks: tuple[Stack, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    traffic: Traffic | None = None
    other_traffic: Mapping[str, Traffic] = field(default_factory=dict)
    """What reached the other services, by their names."""
    checks: tuple[Check, ...] = ()
    error: str | None = None
    """What ended the rehearsal early."""

    @property
    def pictures(self) -> dict[str, tuple[Traffic, tuple[Deployment, ...]]]:
        """Each service that had traffic, with it and with its deployments."""
        traffic = {} if self.traffic is None else {self.service: self.traffic}
        return {
            service: (each, tuple(d for d in self.deployments if d.service == service))
            for service, each in {**traffic, **self.other_traffic}.items()
        }

    @property
    def rollbacks(self) -> int:
        """How many deployments took another one back."""
        return sum(deployment.rollback_of is not None for deployment in self.deployments)

    def as_json(self) -> dict[str, Any]:
        """Return the content of ``report.json``."""
        return {
            "status": self.status,
            "error": self.error,
            "service": self.service,
            "started_at": self.started_at.isoformat(),
            "duration_s": _seconds(self.duration),
            "stacks": [
                {"name": s.name, "status": s.status, "duration_s": _seconds(s.duration)}
                for s in self.stacks
            ],
            "deployments": [_deployment(deployment) for deployment in self.deployments],
            "rollbacks": self.rollbacks,
            "traffic": None if self.traffic is None else _traffic(self.traffic),
            "other_traffic": {
                service: _traffic(traffic) for service, traffic in self.other_traffic.items()
            },
            "checks": [asdict(check) for check in self.checks],
        }


def _deployment(deployment: Deployment) -> dict[str, Any]:
    return {
        "service": deployment.service,
        "id": deployment.id,
        "title": deployment.title,
        "status": deployment.status,
        "message": deployment.message,
        "rollback_of": deployment.rollback_of,
        "started_at": deployment.started_at.isoformat(),
        "ended_at": _time(deployment.ended_at),
        "events": [
            {
                "name": event.name,
                "status": event.status,
                "hook": event.hook,
                "started_at": _time(event.started_at),
                "ended_at": _time(event.ended_at),
            }
            for event in deployment.events
        ],
    }


def _traffic(traffic: Traffic) -> dict[str, Any]:
    share = {
        version: [round(interval.share.get(version, 0.0), 4) for interval in traffic.intervals]
        for version in traffic.versions
    }
    return {
        "requests": traffic.requests,
        "failed": traffic.failed,
        "blue_share": next(iter(share.values()), []),
        "latency_ms": {"p50": _milliseconds(traffic.p50), "p99": _milliseconds(traffic.p99)},
        "started_at": traffic.started_at.isoformat(),
        "interval_s": INTERVAL.total_seconds(),
        "versions": traffic.versions,
        "share": share,
        "failures": [asdict(failure) for failure in traffic.failures],
    }


def _seconds(duration: timedelta) -> float:
    return round(duration.total_seconds(), 3)


def _milliseconds(duration: timedelta) -> float:
    return round(duration.total_seconds() * 1000, 1)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
