"""Collects while a release is followed what its report tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from slipway.release import HOOK_EVENTS, Requests, TaskSet, View, Vitals
from slipway.report.record import (
    AlarmChange,
    Event,
    Interval,
    Outcome,
    ReleaseReport,
    ReportedDeployment,
    Sample,
    Side,
    Told,
)


class Recorder:
    """Remembers what was seen of one release, and of what rolled it back.

    Parameters
    ----------
    service, environment, revision
        What is released where; the revision as ``family:revision``.
    """

    def __init__(self, *, service: str, environment: str, revision: str) -> None:
        self._service = service
        self._environment = environment
        self._revision = revision
        self._deployments: dict[str, ReportedDeployment] = {}
        self._samples: list[Sample] = []
        self._alarms: list[AlarmChange] = []
        self._told: list[Told] = []
        self._unknown: Mapping[str, str] = {}
        self._last: datetime | None = None

    @property
    def began(self) -> datetime | None:
        """When the release was created; None if nothing was seen of it."""
        return min((each.started_at for each in self._deployments.values()), default=None)

    def knows(self, deployment_id: str) -> bool:
        """Tell whether anything was seen of a deployment."""
        return deployment_id in self._deployments

    def saw(self, deployment_id: str, view: View, vitals: Vitals | None, now: datetime) -> None:
        """Remember a look at a deployment."""
        self._last = now
        self._deployments[deployment_id] = _deployment(deployment_id, self._title(view), view, now)
        sample = Sample(
            time=now,
            deployment_id=deployment_id,
            blue=_side("blue", view.blue, vitals),
            green=_side("green", view.green, vitals),
        )
        if sample.blue or sample.green:
            before = self._samples[-1] if self._samples else None
            if before is None or replace(before, time=now) != sample:
                self._samples.append(sample)
        if vitals is not None:
            self._unknown = vitals.unknown
            self._compare_alarms(vitals)

    def told(self, time: datetime, text: str) -> None:
        """Remember a line that was told."""
        self._told.append(Told(time=time, text=text))

    def report(
        self,
        outcome: Outcome,
        *,
        reason: str = "",
        rollback_id: str | None = None,
        requests: Mapping[str, Sequence[Requests]],
    ) -> ReleaseReport:
        """Return the report of a release that was seen at least once.

        Parameters
        ----------
        requests
            What became of the requests meanwhile, by target group.
        """
        deployments = tuple(self._deployments.values())
        return ReleaseReport(
            service=self._service,
            environment=self._environment,
            revision=self._revision,
            outcome=outcome,
            reason=reason,
            rollback_id=rollback_id,
            started_at=min(each.started_at for each in deployments),
            ended_at=self._last or max(each.started_at for each in deployments),
            deployments=deployments,
            samples=tuple(self._samples),
            requests={group: tuple(map(_interval, each)) for group, each in requests.items()},
            alarms=tuple(self._alarms),
            told=tuple(self._told),
            unknown=dict(self._unknown),
        )

    def _title(self, view: View) -> str:
        return f"{'rollback of ' if view.is_rollback else ''}{self._revision}"

    def _compare_alarms(self, vitals: Vitals) -> None:
        known = {change.name: change.state for change in self._alarms}
        self._alarms += [
            AlarmChange(time=vitals.time, name=name, state=state)
            for name, state in sorted(vitals.alarms.items())
            if known.get(name) != state
        ]


def _deployment(id_: str, title: str, view: View, now: datetime) -> ReportedDeployment:
    ends = [event.ended for event in view.events if event.ended]
    return ReportedDeployment(
        id=id_,
        title=title,
        status=view.status,
        is_rollback=view.is_rollback,
        started_at=view.created or now,
        ended_at=max(ends, default=now) if view.is_final else None,
        error=view.error,
        events=tuple(
            Event(
                name=event.name,
                status=event.status,
                # A rollback of CodeDeploy's own runs none.
                hook=event.name in HOOK_EVENTS and not view.is_rollback,
                started_at=event.began,
                ended_at=event.ended,
                diagnosis=event.diagnosis,
            )
            for event in view.events
        ),
    )


def _side(role: str, seen: TaskSet | None, vitals: Vitals | None) -> Side | None:
    if seen is None:
        return None
    health = vitals.health.get(seen.target_group) if vitals else None
    return Side(
        target_group=seen.target_group or role,
        traffic_percent=seen.traffic_percent,
        tasks_running=seen.running,
        tasks_desired=seen.desired,
        healthy=health.healthy if health else None,
        unhealthy=health.unhealthy if health else None,
        initial=health.initial if health else None,
    )


def _interval(requests: Requests) -> Interval:
    return Interval(
        started_at=requests.begin,
        seconds=requests.length.total_seconds(),
        requests=requests.count,
        errors=requests.errors,
        p50_ms=requests.p50.total_seconds() * 1000 if requests.p50 is not None else None,
        p99_ms=requests.p99.total_seconds() * 1000 if requests.p99 is not None else None,
    )
