"""EC2 capacity: Auto Scaling groups start instances that take an ECS cluster's tasks.

An instance is a record with an address of its own; its tasks are processes like any other.
"""

from __future__ import annotations

import functools

from slipway.local_aws.capacity.engine import Capacity
from slipway.local_aws.machine import Machine

__all__ = ["Capacity", "capacity", "install"]


def install(machine: Machine) -> None:
    """Take over from MiniStack, whose groups hold instances that nobody else knows."""
    from slipway.local_aws.capacity import auto_scaling

    auto_scaling.take_over(capacity(machine))
    capacity(machine).start()


@functools.cache
def capacity(machine: Machine) -> Capacity:
    """Return the one capacity of a machine."""
    return Capacity(machine)
