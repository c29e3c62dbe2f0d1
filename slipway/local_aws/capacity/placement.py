"""Which container instance a task is placed on: requirements, constraints, strategies.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement.html
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slipway.local_aws.capacity import constraints
from slipway.local_aws.capacity.constraints import ConstraintError

ZONE = "ecs.availability-zone"
ARCHITECTURE = "ecs.cpu-architecture"

# What a service without a strategy gets.
SPREAD_OVER_ZONES = [{"type": "spread", "field": f"attribute:{ZONE}"}]

_DISTINCT = "DistinctInstance placement constraint unsatisfied."
_MEMBER_OF = "MemberOf placement constraint unsatisfied."

# In the words of a service's events; other reasons are told as an error.
_INSUFFICIENT = {
    "RESOURCE:CPU": "has insufficient CPU units available",
    "RESOURCE:MEMORY": "has insufficient memory available",
    "ATTRIBUTE": "is missing an attribute required by your task",
}


@dataclass(frozen=True)
class Requirements:
    """What a task asks of the instance that it runs on."""

    group: str
    cpu_units: int = 0
    memory_mib: int = 0
    interfaces: int = 0
    architecture: str | None = None
    zones: frozenset[str] = frozenset()
    strategy: tuple[Mapping[str, str], ...] = ()
    constraints: tuple[Mapping[str, str], ...] = ()


@dataclass
class Room:
    """What is left of an instance, and which groups' tasks it carries."""

    id: str
    attributes: Mapping[str, str]
    cpu_units: int
    memory_mib: int
    interfaces: int
    groups: Counter[str] = field(default_factory=Counter)

    def take(self, task: Requirements) -> None:
        """Count a task in."""
        self.cpu_units -= task.cpu_units
        self.memory_mib -= task.memory_mib
        self.interfaces -= task.interfaces
        self.groups[task.group] += 1


def obstacle(task: Requirements, room: Room) -> str | None:
    """Return the reason why a task can't run on an instance, as RunTask's failures name it."""
    if task.architecture not in (None, room.attributes.get(ARCHITECTURE)):
        return "ATTRIBUTE"
    # A network interface is of one subnet, and a subnet is of one zone.
    if task.zones and room.attributes.get(ZONE) not in task.zones:
        return "ATTRIBUTE"
    for constraint in task.constraints:
        if constraint["type"] == "distinctInstance" and room.groups[task.group]:
            return _DISTINCT
        if constraint["type"] == "memberOf" and not constraints.matches(
            constraint["expression"], room.attributes
        ):
            return _MEMBER_OF
    if task.cpu_units > room.cpu_units:
        return "RESOURCE:CPU"
    if task.memory_mib > room.memory_mib:
        return "RESOURCE:MEMORY"
    if task.interfaces > room.interfaces:
        return "RESOURCE:ENI"
    return None


def choose(task: Requirements, rooms: Sequence[Room]) -> Room | None:
    """Choose the instance for a task: each item of its strategy narrows what the one before left.

    Returns
    -------
    Room | None
        None where no instance meets its requirements.
    """
    left = [room for room in rooms if obstacle(task, room) is None]
    for item in task.strategy:
        if left:
            left = _narrow(item, task.group, left, rooms)
    return left[0] if left else None


def explain(task: Requirements, rooms: Sequence[Room]) -> str:
    """Say in the words of a service's events why no instance took a task."""
    if not rooms:
        return "Reason: No Container Instances were found in your cluster."
    # The closest is the one that fails latest in the order of the checks.
    order = ["ATTRIBUTE", _MEMBER_OF, _DISTINCT, "RESOURCE:CPU", "RESOURCE:MEMORY", "RESOURCE:ENI"]
    reasons = {room.id: obstacle(task, room) or "" for room in rooms}
    closest = max(reasons, key=lambda room: order.index(reasons[room]) if reasons[room] else -1)
    words = _INSUFFICIENT.get(reasons[closest]) or f'encountered error "{reasons[closest]}"'
    return f"The closest matching (container-instance {closest}) {words}."


def check_strategy(strategy: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a strategy that can't be followed before anything is created.

    Raises
    ------
    ConstraintError
        It holds an unknown type or field.
    """
    for item in strategy:
        kind, subject = item.get("type"), str(item.get("field", ""))
        known = {
            "random": True,
            "binpack": subject.lower() in ("cpu", "memory"),
            "spread": subject in ("instanceId", "host") or subject.startswith("attribute:"),
        }
        if not known.get(str(kind)):
            raise ConstraintError(f"Invalid placement strategy: {kind} by {subject or 'nothing'}")


def _narrow(
    item: Mapping[str, str], group: str, left: list[Room], rooms: Sequence[Room]
) -> list[Room]:
    if item["type"] == "random":
        return [random.choice(left)]  # noqa: S311 - nothing secret
    if item["type"] == "binpack":
        by_memory = item["field"].lower() == "memory"
        amounts = [room.memory_mib if by_memory else room.cpu_units for room in left]
    else:
        places = [_place(item["field"], room) for room in left]
        there: Counter[str] = Counter()
        for room in rooms:
            there[_place(item["field"], room)] += room.groups[group]
        amounts = [there[place] for place in places]
    least = min(amounts)
    return [room for room, amount in zip(left, amounts, strict=True) if amount == least]


def _place(subject: str, room: Room) -> str:
    if subject in ("instanceId", "host"):
        return room.id
    return room.attributes.get(subject.removeprefix("attribute:"), "")
