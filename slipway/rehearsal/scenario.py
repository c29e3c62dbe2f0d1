"""The story of a rehearsal: an environment, releases under traffic, a bad one, a clean end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from slipway.rehearsal.adaptation import allow_for_stalls
from slipway.rehearsal.checks import Checks
from slipway.rehearsal.environment import ENVIRONMENT, RehearsedEnvironment
from slipway.rehearsal.load import Load
from slipway.rehearsal.narration import Narration
from slipway.rehearsal.opening import open_environment
from slipway.rehearsal.publication import publish
from slipway.rehearsal.releases import Releases, happens, wait_until
from slipway.rehearsal.report import Deployment, Report, Stack
from slipway.rehearsal.traffic import INTERVAL, Snapshot, Traffic
from slipway.release.render import HOOK_EVENTS

# What people reach, on Fargate; and what it calls, on EC2 instances.
SERVICE = "storefront"
CALLED = "inventory"

# How the next versions are made from the first: edits of its source, as a developer would.
_VERSION_FILE = "services/{service}/{service}/__init__.py"
_HOME_FILE = f"services/{SERVICE}/{SERVICE}/app.py"

_BASELINE = timedelta(seconds=3)
_LEAST_RATE = 50
# Requests a second for each service, and what is asked for. Whoever asks the storefront also has
# it ask the inventory.
_LOADS: Mapping[str, tuple[float, tuple[str, ...]]] = {
    SERVICE: (60, ("/", "/version")),
    CALLED: (20, ("/stock", "/version")),
}

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
    _traffic: dict[str, Traffic] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._checks = Checks(self.narration.tell)
        self._releases: Releases | None = None

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
            environment = open_environment(
                self.project, self.narration, stack, prepare=allow_for_stalls
            )
            self._stacks = environment.stacks()
            loads = self._serve(environment, stack)
            self._releases = Releases(environment, tell)
            self._release_version_2(environment, self._releases, SERVICE, loads[SERVICE])
            self._release_version_2(environment, self._releases, CALLED, loads[CALLED])
            with phase("serving"):
                self._check_call(environment, "2")
            self._release_version_3(environment, self._releases, loads[SERVICE])
            self._check_traffic({service: load.stop() for service, load in loads.items()})
            with phase("teardown"):
                self._check_frozen_services(environment)
                tell("cdk destroy of every stack")
                environment.destroy()
                remaining = environment.remaining_stacks()
                self._checks.check("every stack is deleted", not remaining, ", ".join(remaining))
                environment.keep_logs = not self._checks.passed

    def _serve(self, environment: RehearsedEnvironment, stack: ExitStack) -> dict[str, Load]:
        check = self._checks.check
        with self.narration.phase("serving"):
            loads = {
                service: stack.enter_context(
                    Load(
                        environment.address(service),
                        environment.folders.run / f"traffic-{service}.jsonl",
                        rate=rate,
                        paths=paths,
                    )
                )
                for service, (rate, paths) in _LOADS.items()
            }
            for service, load in loads.items():
                wait_until(
                    lambda load=load: bool(load.snapshot().versions),  # type: ignore[misc]
                    f"{service} did not answer: see {environment.cloud.log}",
                )
                self.narration.tell(
                    f"{environment.address(service)} serves {service}; "
                    "a constant load is on it from now on"
                )
            time.sleep(_BASELINE.total_seconds())
            for service, load in loads.items():
                served = load.snapshot()
                check(
                    f"version 1 of {service} is served",
                    set(served.versions) == {"1"},
                    _counts(served),
                )
            self._check_call(environment, "1")
            self._check_placement(environment)
            return loads

    def _check_call(self, environment: RehearsedEnvironment, version: str) -> None:
        """Ask the one service as clients do, and see in its answer that it asked the other."""

        def told() -> str | None:
            inventory: dict[str, Any] | None = environment.ask(SERVICE, "/").get(CALLED)
            return inventory["version"] if inventory else None

        self._checks.check(
            f"{SERVICE} calls {CALLED} by its name, and is answered by version {version}",
            # After a few failures in a row it leaves the other one alone for ten seconds.
            happens(lambda: told() == version),
            environment.settings.url(ENVIRONMENT, CALLED),
        )

    def _check_placement(self, environment: RehearsedEnvironment) -> None:
        """See that the tasks run on instances, each with an address of its own."""
        tasks = environment.tasks(CALLED)
        provider = environment.settings.names(ENVIRONMENT).ec2_capacity_provider
        instances = {task.get("containerInstanceArn") for task in tasks}
        addresses = {_address(task) for task in tasks}
        self._checks.check(
            f"the tasks of {CALLED} run on EC2 instances, each task with an address of its own",
            bool(tasks)
            and all(task.get("capacityProviderName") == provider for task in tasks)
            and None not in instances
            and len(addresses) == len(tasks),
            f"{len(tasks)} tasks on {len(instances)} instances",
        )

    def _release_version_2(
        self, environment: RehearsedEnvironment, releases: Releases, service: str, load: Load
    ) -> None:
        check = self._checks.check
        with self.narration.phase("shift"):
            self.narration.tell(f"Version 2 of {service}: build, push, cdk deploy, then release it")
            self._edit_version(environment, service, "1", "2")
            deployment = releases.release(service, load, f"version 2 of {service}")
            check(
                f"version 2 of {service} is released",
                deployment.status == "Succeeded",
                deployment.message or deployment.status,
            )
            passed = [
                event.name
                for event in deployment.events
                if event.hook and event.status == "Succeeded"
            ]
            check(
                f"CodeDeploy ran all five hooks of {service}",
                passed == list(HOOK_EVENTS),
                ", ".join(passed) or "none succeeded",
            )
            served = load.snapshot()
            check(
                f"clients of {service} moved from version 1 to version 2",
                served.share == {"2": 1.0} and "1" in served.versions,
                served.origin,
            )

    def _release_version_3(
        self, environment: RehearsedEnvironment, releases: Releases, load: Load
    ) -> None:
        check = self._checks.check
        with self.narration.phase("shift"):
            self.narration.tell(
                f"Version 3 of {SERVICE}, whose home page is broken: its hooks must reject it"
            )
            self._edit_version(environment, SERVICE, "2", "3")
            environment.workspace.edit(_HOME_FILE, "status_code=200", "status_code=500")
            deployment = releases.release(SERVICE, load, f"version 3 of {SERVICE}, broken")
            rejected_at = [event.name for event in deployment.events if event.status == "Failed"]
            check(
                "the test traffic check rejects version 3",
                deployment.status == "Failed" and rejected_at == [_REJECTING_EVENT],
                f"{deployment.status} at {', '.join(rejected_at) or 'no event'}",
            )
            rollbacks = releases.rollbacks_of(deployment)
            check(
                "CodeDeploy rolls version 3 back",
                [rollback.status for rollback in rollbacks] == ["Succeeded"],
                ", ".join(f"{d.id}: {d.status}" for d in rollbacks) or "no rollback",
            )
            time.sleep(_BASELINE.total_seconds())
            check(
                "version 2 is live afterwards",
                load.snapshot().share == {"2": 1.0},
                _counts(load.snapshot()),
            )

    def _edit_version(
        self, environment: RehearsedEnvironment, service: str, old: str, new: str
    ) -> None:
        environment.workspace.edit(
            _VERSION_FILE.format(service=service),
            f'__version__ = "{old}"',
            f'__version__ = "{new}"',
        )

    def _check_traffic(self, traffic: dict[str, Traffic]) -> None:
        check = self._checks.check
        self._traffic = traffic
        for service, each in traffic.items():
            check(
                f"no request to {service} failed",
                each.failed == 0,
                f"{each.failed} of {each.requests}",
            )
        reached = traffic[SERVICE]
        seconds = max(len(reached.intervals), 1) * INTERVAL.total_seconds()
        rate = reached.requests / seconds
        check(
            f"the load was constant, at least {_LEAST_RATE} requests a second",
            rate >= _LEAST_RATE,
            f"{rate:.0f} a second for {seconds:.0f} s",
        )
        check(
            "no production request reached version 3",
            "1" in reached.versions and set(reached.versions) == {"1", "2"},
            ", ".join(f"version {name}: {count}" for name, count in reached.versions.items()),
        )

    def _check_frozen_services(self, environment: RehearsedEnvironment) -> None:
        events = environment.cloud.client("cloudformation").get_paginator("describe_stack_events")
        names = environment.settings.names(ENVIRONMENT)
        updates = [
            f"{service}: {event['ResourceStatus']}"
            for service in _LOADS
            for page in events.paginate(StackName=names.stack(service))
            for event in page["StackEvents"]
            if event["ResourceType"] == "AWS::ECS::Service"
            and event["ResourceStatus"].startswith("UPDATE")
        ]
        self._checks.check(
            "no stack update touched an ECS service", not updates, ", ".join(updates)
        )

    def _report(self, error: str | None) -> Report:
        deployments: list[Deployment] = self._releases.deployments if self._releases else []
        passed = error is None and self._checks.passed
        return Report(
            status="passed" if passed else "failed",
            service=SERVICE,
            started_at=self._started_at,
            duration=self.narration.elapsed,
            stacks=self._stacks,
            deployments=tuple(deployments),
            traffic=self._traffic.get(SERVICE),
            other_traffic={
                service: each for service, each in self._traffic.items() if service != SERVICE
            },
            checks=tuple(self._checks.made),
            error=error,
        )


def _address(task: dict[str, Any]) -> str | None:
    details = {
        detail["name"]: detail["value"]
        for attachment in task["attachments"]
        for detail in attachment["details"]
    }
    return details.get("privateIPv4Address")


def _counts(snapshot: Snapshot) -> str:
    return ", ".join(f"version {name}: {count}" for name, count in snapshot.versions.items())
