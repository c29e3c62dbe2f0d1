"""What every chapter of the story has at hand: the environment, its services' load, the checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway.rehearsal.checks import Checks
from slipway.rehearsal.environment import ENVIRONMENT, RehearsedEnvironment
from slipway.rehearsal.load import Load
from slipway.rehearsal.releases import Releases, happens
from slipway.rehearsal.traffic import INTERVAL, Snapshot, Traffic

# What people reach, on Fargate; and what it calls, on EC2 instances.
SERVICE = "storefront"
CALLED = "inventory"

# How the next version is made from the one before: an edit of its source, as a developer would.
_VERSION_FILE = "services/{service}/{service}/__init__.py"

_LEAST_RATE = 50


@dataclass
class Scene:
    """The rehearsed environment, and what happens in it.

    Parameters
    ----------
    environment
        Where the services run.
    releases
        Those of the story, one after the other.
    checks
        Where what must hold is noted.
    tell
        Told each step in a sentence.

    Attributes
    ----------
    loads
        The traffic on each service.
    """

    environment: RehearsedEnvironment
    releases: Releases
    checks: Checks
    tell: Callable[[str], None]
    loads: dict[str, Load] = field(default_factory=dict)

    def edit_version(self, service: str, old: str, new: str) -> None:
        """Make the next version of a service."""
        self.environment.workspace.edit(
            _VERSION_FILE.format(service=service),
            f'__version__ = "{old}"',
            f'__version__ = "{new}"',
        )

    def check_call(self, version: str) -> None:
        """Ask the one service as clients do, and see in its answer that it asked the other."""

        def told() -> str | None:
            inventory: dict[str, Any] | None = self.environment.ask(SERVICE, "/").get(CALLED)
            return inventory["version"] if inventory else None

        self.checks.check(
            f"{SERVICE} calls {CALLED} by its name, and is answered by version {version}",
            # After a few failures in a row it leaves the other one alone for ten seconds.
            happens(lambda: told() == version),
            self.environment.settings.url(ENVIRONMENT, CALLED),
        )

    def check_placement(self) -> None:
        """See that the tasks run on instances, each with an address of its own."""
        tasks = self.environment.tasks(CALLED)
        provider = self.environment.settings.names(ENVIRONMENT).ec2_capacity_provider
        instances = {task.get("containerInstanceArn") for task in tasks}
        addresses = {_address(task) for task in tasks}
        self.checks.check(
            f"the tasks of {CALLED} run on EC2 instances, each task with an address of its own",
            bool(tasks)
            and all(task.get("capacityProviderName") == provider for task in tasks)
            and None not in instances
            and len(addresses) == len(tasks),
            f"{len(tasks)} tasks on {len(instances)} instances",
        )

    def check_traffic(self, traffic: Mapping[str, Traffic]) -> None:
        """See that the load was real, lost nothing, and met no version that was rejected."""
        check = self.checks.check
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

    def check_frozen_services(self) -> None:
        """See in the stacks' events that none has updated what CodeDeploy owns."""
        environment = self.environment
        events = environment.cloud.client("cloudformation").get_paginator("describe_stack_events")
        names = environment.settings.names(ENVIRONMENT)
        updates = [
            f"{service}: {event['ResourceStatus']}"
            for service in (SERVICE, CALLED)
            for page in events.paginate(StackName=names.stack(service))
            for event in page["StackEvents"]
            if event["ResourceType"] == "AWS::ECS::Service"
            and event["ResourceStatus"].startswith("UPDATE")
        ]
        self.checks.check("no stack update touched an ECS service", not updates, ", ".join(updates))


def counts(snapshot: Snapshot) -> str:
    """Say how many answers each version gave."""
    return ", ".join(f"version {name}: {count}" for name, count in snapshot.versions.items())


def _address(task: dict[str, Any]) -> str | None:
    details = {
        detail["name"]: detail["value"]
        for attachment in task["attachments"]
        for detail in attachment["details"]
    }
    return details.get("privateIPv4Address")
