"""The world as the engine of a deployment needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from slipway.local_aws.codedeploy.model import Deployment

TaskSet = dict[str, Any]

PRODUCTION, TEST = "prodTrafficRoute", "testTrafficRoute"


@dataclass(frozen=True)
class Sizes:
    """How many tasks task sets are to have, and whether they have them."""

    desired_counts: tuple[int, ...]
    are_steady: bool


class Platform(Protocol):
    """The world as the engine of a deployment needs it."""

    def primary(self) -> TaskSet:
        """Return the service's primary task set; traffic must be on its target group."""

    def install(self, deployment: Deployment) -> TaskSet:
        """Start green beside blue, without traffic."""

    def sizes(self, *task_sets: TaskSet) -> Sizes:
        """Say how far task sets are; steady is one whose every task runs and is healthy."""

    def shift(self, route: str, blue: TaskSet, green: TaskSet, green_percent: int) -> None:
        """Divide the traffic of a listener between two task sets."""

    def make_primary(self, task_set: TaskSet) -> None:
        """Let a task set be what the service is."""

    def remove(self, task_set: TaskSet) -> None:
        """Drain a task set and stop its tasks."""

    def invoke(self, function: str, payload: dict[str, str]) -> None:
        """Call a hook's function without waiting for its end."""

    def alarm_states(self, names: list[str]) -> dict[str, str]:
        """Return the state of each of these alarms that exists."""

    def announce(self, deployment: Deployment, state: str) -> None:
        """Tell EventBridge about a change."""
