"""How many instances a capacity provider with managed scaling wants.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-auto-scaling.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from slipway.local_aws.capacity.placement import Requirements, Room, choose

# With no instance at all ECS reports a reservation of 200 %, which starts two
# (aws/containers-roadmap#1716).
_FIRST_INSTANCES = 2


@dataclass(frozen=True)
class ManagedScaling:
    """The settings of a capacity provider that decide about the number of instances."""

    target_percent: int = 100
    least_step: int = 1
    largest_step: int = 10_000

    @classmethod
    def of(cls, provider: dict[str, Any] | None) -> ManagedScaling | None:
        """Read the settings of a capacity provider; None where it doesn't scale its group."""
        of_group = (provider or {}).get("autoScalingGroupProvider", {})
        settings = of_group.get("managedScaling") or {}
        if settings.get("status") != "ENABLED":
            return None
        return cls(
            target_percent=int(settings.get("targetCapacity") or 100),
            least_step=int(settings.get("minimumScalingStepSize") or 1),
            largest_step=int(settings.get("maximumScalingStepSize") or 10_000),
        )


def missing_instances(
    waiting: Sequence[Requirements], rooms: Sequence[Room], new_rooms: Sequence[Room]
) -> int:
    """Count the instances to start, on top of those that there are, until no task waits.

    Parameters
    ----------
    waiting
        The tasks that found no room.
    rooms
        What is left of the instances that there are, those that are starting included.
    new_rooms
        The next instances that the group would start, in their order: the group knows their
        types and zones. What none of them can carry is not counted, for no instance would help.
    """
    left, started = deepcopy(list(rooms)), 0
    for task in waiting:
        room = choose(task, left)
        if room is None:
            fitting = [
                number
                for number, fresh in enumerate(new_rooms[started:], start=started + 1)
                if choose(task, [fresh])
            ]
            if not fitting:
                continue
            left += deepcopy(new_rooms[started : fitting[0]])
            started = fitting[0]
            room = left[-1]
        room.take(task)
    return started


def wanted_instances(settings: ManagedScaling, *, occupied: int, missing: int, there: int) -> int:
    """Return the group's desired capacity.

    Parameters
    ----------
    settings
        Of the capacity provider.
    occupied
        Instances that carry tasks.
    missing
        Instances to start for the tasks that wait.
    there
        All instances of the group, empty ones included.

    Returns
    -------
    int
        More than ``there`` to scale out, less to scale in; the group's bounds come later.
    """
    if missing:
        needed = there + missing
        step = math.ceil(needed * 100 / settings.target_percent) - there
        step = min(max(step, settings.least_step), settings.largest_step)
        return max(there + step, _FIRST_INSTANCES if not there else 0)
    return math.ceil(occupied * 100 / settings.target_percent)
