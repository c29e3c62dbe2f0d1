"""What a rehearsal has to tell, and how it is told to machines.

The schema of ``report.json`` is kept stable and described in ``docs/concepts/rehearsal.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from slipway.rehearsal import json_values
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

    def as_json(self) -> dict[str, Any]:
        """Return it as reports for machines have it."""
        return {
            "service": self.service,
            "id": self.id,
            "title": self.title,
            "status": self.status,
            "message": self.message,
            "rollback_of": self.rollback_of,
            "started_at": json_values.moment(self.started_at),
            "ended_at": json_values.moment(self.ended_at),
            "events": [
                {
                    "name": event.name,
                    "status": event.status,
                    "hook": event.hook,
                    "started_at": json_values.moment(event.started_at),
                    "ended_at": json_values.moment(event.ended_at),
                }
                for event in self.events
            ],
        }


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
    def requests(self) -> int:
        """How many requests all services got."""
        return sum(traffic.requests for traffic, _ in self.pictures.values())

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
            "started_at": json_values.moment(self.started_at),
            "duration_s": json_values.seconds(self.duration),
            "stacks": [
                {"name": s.name, "status": s.status, "duration_s": json_values.seconds(s.duration)}
                for s in self.stacks
            ],
            "deployments": [deployment.as_json() for deployment in self.deployments],
            "rollbacks": self.rollbacks,
            "traffic": None if self.traffic is None else traffic_as_json(self.traffic),
            "other_traffic": {
                service: traffic_as_json(traffic) for service, traffic in self.other_traffic.items()
            },
            "checks": [asdict(check) for check in self.checks],
        }


def traffic_as_json(traffic: Traffic) -> dict[str, Any]:
    """Return what became of a load as reports for machines have it."""
    share = {
        version: [round(interval.share.get(version, 0.0), 4) for interval in traffic.intervals]
        for version in traffic.versions
    }
    return {
        "requests": traffic.requests,
        "failed": traffic.failed,
        "blue_share": next(iter(share.values()), []),
        "latency_ms": {
            "p50": json_values.milliseconds(traffic.p50),
            "p99": json_values.milliseconds(traffic.p99),
        },
        "started_at": json_values.moment(traffic.started_at),
        "interval_s": INTERVAL.total_seconds(),
        "versions": traffic.versions,
        "share": share,
        "failures": [asdict(failure) for failure in traffic.failures],
    }
