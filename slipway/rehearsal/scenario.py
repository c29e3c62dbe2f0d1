"""The story of a rehearsal: an environment, a release under traffic, a bad release, a clean end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from slipway.rehearsal.environment import ENVIRONMENT, RehearsedEnvironment
from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.narration import Narration
from slipway.rehearsal.publication import publish
from slipway.rehearsal.report import Check, Deployment, Event, Report, Stack
from slipway.rehearsal.traffic import INTERVAL, Load, Snapshot, Traffic
from slipway.release import Aws, Kind, Target, result, start, watch
from slipway.release.render import HOOK_EVENTS

SERVICE = "storefront"

# How the next versions are made from the first: edits of its source, as a developer would.
_VERSION_FILE = f"services/{SERVICE}/storefront/__init__.py"
_HOME_FILE = f"services/{SERVICE}/storefront/app.py"

_WATCH_INTERVAL = timedelta(milliseconds=300)
_BASELINE = timedelta(seconds=3)
_PATIENCE = timedelta(seconds=30)
_LEAST_RATE = 50

# The check that version 3 must fail: its home page answers 500 while its health check is fine.
_REJECTING_EVENT = "AfterAllowTestTraffic"


@dataclass
class Rehearsal:
    """One rehearsal from beginning to end.

    Parameters
    ----------
    project
        The checkout.
    reports
        Where ``report.json`` and ``report.html`` go.
    narration
        Where it says what it does.
    """

    project: Path
    reports: Path
    narration: Narration = field(default_factory=Narration)
    _started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _stacks: tuple[Stack, ...] = ()
    _deployments: list[Deployment] = field(default_factory=list)
    _traffic: Traffic | None = None
    _checks: list[Check] = field(default_factory=list)

    def run(self) -> Report:
        """Play the whole story and write the report.

        Raises
        ------
        RehearsalError, ReleaseError, SettingsError
            Something could not go on. The report says what had happened until then.
        """
        error: str | None = "interrupted"
        try:
            self._play()
            error = None
        except Exception as problem:
            error = str(problem)
            raise
        finally:
            report = self._report(error)
            publish(report, self.reports)
        return report

    def _play(self) -> None:
        tell, phase = self.narration.tell, self.narration.phase
        with ExitStack() as stack:
            with phase("set-up"):
                tell(f"Building version 1 of {SERVICE} and starting an AWS on this machine")
                environment = stack.enter_context(RehearsedEnvironment(self.project, tell=tell))
                images = environment.build()
            with phase("bootstrap"):
                tell("cdk bootstrap")
                environment.bootstrap()
            with phase("deploy"):
                tell("cdk synth, and cdk deploy of the registry")
                environment.synthesise()
                environment.deploy(f"{environment.stage}Registry")
                environment.push(images)
                tell("cdk deploy of network, cluster and service")
                environment.deploy(f"{environment.stage}/*")
                self._stacks = environment.stacks()
                tell(f"{len(self._stacks)} stacks are deployed")
            load = self._serve(environment, stack)
            self._release_version_2(environment, load)
            self._release_version_3(environment, load)
            self._check_traffic(load.stop())
            with phase("teardown"):
                self._check_frozen_service(environment)
                tell("cdk destroy of every stack")
                environment.destroy()
                remaining = environment.remaining_stacks()
                self._check("every stack is deleted", not remaining, ", ".join(remaining))
                environment.keep_logs = not all(check.passed for check in self._checks)

    def _serve(self, environment: RehearsedEnvironment, stack: ExitStack) -> Load:
        with self.narration.phase("serving"):
            target = environment.target(SERVICE)
            url = f"http://{target.address}:{target.port}"
            load = stack.enter_context(Load(url, environment.folders.run / "traffic.jsonl"))
            _wait_until(
                lambda: bool(load.snapshot().versions),
                f"{url} did not answer: see {environment.cloud.log}",
            )
            self.narration.tell(f"{url} serves; a constant load is on it from now on")
            time.sleep(_BASELINE.total_seconds())
            served = load.snapshot()
            self._check("version 1 is served", set(served.versions) == {"1"}, _counts(served))
            return load

    def _release_version_2(self, environment: RehearsedEnvironment, load: Load) -> None:
        with self.narration.phase("shift"):
            self.narration.tell("Version 2: build, push, cdk deploy, then release as a canary")
            environment.workspace.edit(_VERSION_FILE, '__version__ = "1"', '__version__ = "2"')
            deployment = self._release(environment, load, "version 2")
            self._check(
                "version 2 is released",
                deployment.status == "Succeeded",
                deployment.message or deployment.status,
            )
            passed = [
                event.name
                for event in deployment.events
                if event.hook and event.status == "Succeeded"
            ]
            self._check(
                "CodeDeploy ran all five hooks",
                passed == list(HOOK_EVENTS),
                ", ".join(passed) or "none succeeded",
            )
            share = load.snapshot().share
            self._check(
                "clients moved from version 1 to version 2",
                share == {"2": 1.0} and "1" in load.snapshot().versions,
                "all of the last second's answers came from version " + " and ".join(sorted(share)),
            )

    def _release_version_3(self, environment: RehearsedEnvironment, load: Load) -> None:
        with self.narration.phase("shift"):
            self.narration.tell("Version 3, whose home page is broken: its hooks must reject it")
            environment.workspace.edit(_VERSION_FILE, '__version__ = "2"', '__version__ = "3"')
            environment.workspace.edit(_HOME_FILE, "status_code=200", "status_code=500")
            deployment = self._release(environment, load, "version 3, broken")
            rejected_at = [event.name for event in deployment.events if event.status == "Failed"]
            self._check(
                "the test traffic check rejects version 3",
                deployment.status == "Failed" and rejected_at == [_REJECTING_EVENT],
                f"{deployment.status} at {', '.join(rejected_at) or 'no event'}",
            )
            rollbacks = [d for d in self._deployments if d.rollback_of == deployment.id]
            self._check(
                "CodeDeploy rolls version 3 back",
                [rollback.status for rollback in rollbacks] == ["Succeeded"],
                ", ".join(f"{d.id}: {d.status}" for d in rollbacks) or "no rollback",
            )
            time.sleep(_BASELINE.total_seconds())
            self._check(
                "version 2 is live afterwards",
                load.snapshot().share == {"2": 1.0},
                _counts(load.snapshot()),
            )

    def _release(self, environment: RehearsedEnvironment, load: Load, title: str) -> Deployment:
        """Build, deploy the stacks, release, and follow it to its end, rollback included."""
        tell = self.narration.tell
        environment.push(environment.build())
        environment.synthesise()
        environment.deploy(f"{environment.stage}/*")
        aws, target = environment.cloud.release_clients(), environment.target(SERVICE)
        deployment = start(aws, target, description=f"Rehearsal of {title}")
        following = watch(aws, deployment, interval=_WATCH_INTERVAL, sleep=environment.cloud.sleep)
        for progress in following:
            counts = load.snapshot()
            suffix = f" | {counts.requests} requests, {counts.failed} failed"
            tell(progress.message + (suffix if progress.kind is Kind.TRAFFIC else ""))
            for reason in _reasons(progress.details):
                tell(reason)
        recorded = _recorded(aws, deployment.id, target, title)
        self._deployments.append(recorded)
        rollback_id = result(aws, deployment).rollback_id
        if rollback_id:
            _wait_until(
                lambda: result(aws, replace(deployment, id=rollback_id)).is_final,
                f"The rollback {rollback_id} does not end: see {environment.cloud.log}",
            )
            self._deployments.append(
                _recorded(aws, rollback_id, target, f"rollback of {title}", deployment.id)
            )
            tell(f"Rollback {rollback_id}: {self._deployments[-1].status}")
        return recorded

    def _check_traffic(self, traffic: Traffic) -> None:
        self._traffic = traffic
        seconds = max(len(traffic.intervals), 1) * INTERVAL.total_seconds()
        rate = traffic.requests / seconds
        self._check(
            "no request failed",
            traffic.failed == 0,
            f"{traffic.failed} of {traffic.requests}",
        )
        self._check(
            f"the load was constant, at least {_LEAST_RATE} requests a second",
            rate >= _LEAST_RATE,
            f"{rate:.0f} a second for {seconds:.0f} s",
        )
        self._check(
            "no production request reached version 3",
            "1" in traffic.versions and set(traffic.versions) == {"1", "2"},
            ", ".join(f"version {name}: {count}" for name, count in traffic.versions.items()),
        )

    def _check_frozen_service(self, environment: RehearsedEnvironment) -> None:
        name = environment.settings.names(ENVIRONMENT).stack(SERVICE)
        events = environment.cloud.client("cloudformation").get_paginator("describe_stack_events")
        updates = [
            event["ResourceStatus"]
            for page in events.paginate(StackName=name)
            for event in page["StackEvents"]
            if event["ResourceType"] == "AWS::ECS::Service"
            and event["ResourceStatus"].startswith("UPDATE")
        ]
        self._check("no stack update touched the ECS service", not updates, ", ".join(updates))

    def _check(self, name: str, passed: bool, detail: str = "") -> None:
        self._checks.append(Check(name, passed, detail))
        self.narration.tell(
            f"{'ok' if passed else 'FAILED'}: {name}" + f" ({detail})" * bool(detail)
        )

    def _report(self, error: str | None) -> Report:
        passed = error is None and all(check.passed for check in self._checks)
        return Report(
            status="passed" if passed else "failed",
            service=SERVICE,
            started_at=self._started_at,
            duration=self.narration.elapsed,
            stacks=self._stacks,
            deployments=tuple(self._deployments),
            traffic=self._traffic,
            checks=tuple(self._checks),
            error=error,
        )


def _reasons(log_lines: Sequence[str]) -> Iterator[str]:
    """Find in a hook's structured log what failed, and how."""
    for line in log_lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get("outcome") == "failed" and "check" in entry:
            yield f"the check {entry['check']} failed: {entry.get('detail', '')}"


def _recorded(
    aws: Aws, id_: str, target: Target, title: str, rollback_of: str | None = None
) -> Deployment:
    """Read from CodeDeploy how a deployment went."""
    info: dict[str, Any] = aws.codedeploy.get_deployment(deploymentId=id_)["deploymentInfo"]
    targets = aws.codedeploy.list_deployment_targets(deploymentId=id_)["targetIds"]
    found = aws.codedeploy.batch_get_deployment_targets(deploymentId=id_, targetIds=targets)
    events = found["deploymentTargets"][0]["ecsTarget"].get("lifecycleEvents", [])
    return Deployment(
        id=id_,
        title=title,
        status=info["status"],
        started_at=info["createTime"],
        ended_at=info.get("completeTime"),
        events=tuple(
            Event(
                name=event["lifecycleEventName"],
                status=event["status"],
                hook=event["lifecycleEventName"] in target.hooks,
                started_at=event.get("startTime"),
                ended_at=event.get("endTime"),
            )
            for event in events
        ),
        message=info.get("errorInformation", {}).get("message"),
        rollback_of=rollback_of,
    )


def _wait_until(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + _PATIENCE.total_seconds()
    while not condition():
        if time.monotonic() >= deadline:
            raise RehearsalError(otherwise)
        time.sleep(0.2)


def _counts(snapshot: Snapshot) -> str:
    return ", ".join(f"version {name}: {count}" for name, count in snapshot.versions.items())
