"""What an entry of the fault matrix says: what goes wrong, and how it must end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faults.scene import Scene

EVENTS = (
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
)
"""All lifecycle events, in their order.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-ecs.html
"""


class Serves(StrEnum):
    """Who gets production traffic at the end, by the weights of its rule and as clients see it."""

    BLUE = "blue"
    GREEN = "green"
    BOTH = "both"


class Loss(StrEnum):
    """Which requests may fail. `requests.allowance` turns it into a number."""

    NONE = "none"
    """Not one, from the first to the last."""
    SHARE_OF_GREEN = "share of green"
    """As many as the load balancer's draw gave to green while green had weight."""
    SHARE_OF_THE_DEAD = "share of the dead"
    """As many as it gave to the side whose tasks were killed, until they were replaced."""


@dataclass(frozen=True)
class End:
    """How a fault must end."""

    status: str
    """Of the deployment: Succeeded, Failed or Stopped."""
    code: str | None = None
    """Of its errorInformation; None where there is none."""
    fails_at: str | None = None
    """The lifecycle event that is Failed; earlier ones are Succeeded, later ones Skipped."""
    skipped_from: str | None = None
    """The first event that is Skipped where none is Failed: it ended between two events."""
    rolled_back: bool = False
    """Whether a deployment of its own brings blue back, and succeeds."""
    serves: Serves = Serves.BLUE
    primary: Serves = Serves.BLUE
    """Whose task set ECS calls PRIMARY: blue's or green's."""
    loses: Loss = Loss.NONE

    def events(self) -> dict[str, str]:
        """Return the status of every lifecycle event."""
        ended_at = self.fails_at or self.skipped_from
        position = EVENTS.index(ended_at) if ended_at else len(EVENTS)
        statuses = dict.fromkeys(EVENTS[:position], "Succeeded")
        statuses |= dict.fromkeys(EVENTS[position:], "Skipped")
        return statuses | ({self.fails_at: "Failed"} if self.fails_at else {})


@dataclass(frozen=True)
class Fault:
    """One entry of the matrix."""

    name: str
    provoke: Callable[[Scene], None]
    end: End
    pages: tuple[str, ...]
    """The AWS pages that the end comes from."""
    our_reading: str = ""
    """What of it is undocumented, so that it is our reading."""
    quick: bool = False
    """Whether it belongs to the half that continuous integration runs."""
    seconds: int = 10
    """About how long it takes: long ones start first, so that the lanes end together."""
