"""Tasks as targets of a load balancer: registration, health, draining."""

from __future__ import annotations

import contextlib
import time
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from slipway.local_aws.clock import Clock
from slipway.local_aws.tasks import Task

# Connections need a moment to end, however fast the clock runs.
_LEAST_DRAINING_SECONDS = 1.0

# A target group that no listener uses is not checked: ELB says "unused", and ECS doesn't wait.
_GOOD_STATES = ("healthy", "unused")


class Targets:
    """The target groups of one task set."""

    def __init__(self, client: Any, load_balancers: list[dict[str, Any]], clock: Clock) -> None:
        self._client = client
        self._load_balancers = [item for item in load_balancers if item.get("targetGroupArn")]
        self._clock = clock

    def register(self, task: Task) -> None:
        """Add a task to every target group."""
        for group, target in self._targets(task):
            self._client.register_targets(TargetGroupArn=group, Targets=[target])

    def deregister(self, task: Task) -> None:
        """Take a task out of every target group; one that is gone is no error."""
        for group, target in self._targets(task):
            with contextlib.suppress(ClientError):
                self._client.deregister_targets(TargetGroupArn=group, Targets=[target])

    def wait_until_drained(self) -> None:
        """Give open requests the deregistration delay of the target groups."""
        longest = timedelta(0)
        for item in self._load_balancers:
            with contextlib.suppress(ClientError):
                attributes = self._client.describe_target_group_attributes(
                    TargetGroupArn=item["targetGroupArn"]
                )["Attributes"]
                values = {attribute["Key"]: attribute["Value"] for attribute in attributes}
                seconds = int(values.get("deregistration_delay.timeout_seconds", 300))
                longest = max(longest, timedelta(seconds=seconds))
        if self._load_balancers:
            time.sleep(max(self._clock.wall(longest), _LEAST_DRAINING_SECONDS))

    def health(self) -> dict[str, str]:
        """Return the worst state of each address; an address no group knows is absent."""
        states: dict[str, str] = {}
        for item in self._load_balancers:
            descriptions = self._client.describe_target_health(
                TargetGroupArn=item["targetGroupArn"]
            )["TargetHealthDescriptions"]
            for description in descriptions:
                address = description["Target"]["Id"]
                state = description["TargetHealth"]["State"]
                if states.get(address, "healthy") in _GOOD_STATES:
                    states[address] = state
        return states

    def is_good(self, task: Task, states: dict[str, str]) -> bool:
        """Whether a task can be counted on."""
        return not self._load_balancers or states.get(task.address, "initial") in _GOOD_STATES

    def _targets(self, task: Task) -> list[tuple[str, dict[str, Any]]]:
        return [
            (item["targetGroupArn"], {"Id": task.address, "Port": int(item["containerPort"])})
            for item in self._load_balancers
        ]
