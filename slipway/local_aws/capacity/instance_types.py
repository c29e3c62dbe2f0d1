"""EC2 instance types: how much of each resource one has for tasks."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"(?P<family>[a-z]+\d+(?P<options>[a-z-]*))\.(?P<size>\w+)$")

# GiB of memory for each vCPU, by the letter of the family.
_MEMORY_RATIOS = {"c": 2, "m": 4, "r": 8}

# vCPUs, network interfaces, and the tasks that fit behind a trunk interface:
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/eni-trunking-supported-instance-types.html
_SIZES = {
    "medium": (1, 2, 4),
    "large": (2, 3, 10),
    "xlarge": (4, 4, 20),
    "2xlarge": (8, 4, 40),
    "4xlarge": (16, 8, 60),
    "8xlarge": (32, 8, 60),
}

# Burstable types: vCPUs, GiB, network interfaces. None of them has a trunk.
_BURSTABLE = {
    "micro": (2, 1, 2),
    "small": (2, 2, 3),
    "medium": (2, 4, 3),
    "large": (2, 8, 3),
    "xlarge": (4, 16, 4),
    "2xlarge": (8, 32, 4),
}

# The kernel and the container agent take their part before the rest is registered.
_MEMORY_FOR_TASKS = 0.95


class UnknownInstanceTypeError(Exception):
    """What a type has is not known on this machine."""


@dataclass(frozen=True)
class InstanceType:
    """What an instance of a type registers with a cluster."""

    name: str
    cpu_units: int
    memory_mib: int
    task_interfaces: int
    architecture: str

    @classmethod
    def named(cls, name: str, *, trunking: bool = False) -> InstanceType:
        """Find a type by its name.

        Parameters
        ----------
        name
            As EC2 spells it: ``m6i.large``.
        trunking
            Whether the account setting ``awsvpcTrunking`` is on: more tasks with a network
            interface of their own then fit on the types that support it.

        Raises
        ------
        UnknownInstanceTypeError
            It is none of the families c, m, r and t in their usual sizes.
        """
        match = _NAME.match(name)
        letter, size = (match["family"][0], match["size"]) if match else ("", "")
        if letter == "t" and size in _BURSTABLE:
            cpus, memory, interfaces = _BURSTABLE[size]
            trunk = 0
        elif letter in _MEMORY_RATIOS and size in _SIZES:
            cpus, interfaces, trunk = _SIZES[size]
            memory = cpus * _MEMORY_RATIOS[letter]
        else:
            raise UnknownInstanceTypeError(
                f"instance type {name} is not known on this machine: "
                "use one of the families c, m, r or t, up to 8xlarge"
            )
        graviton = match is not None and "g" in match["options"]
        return cls(
            name=name,
            cpu_units=cpus * 1024,
            memory_mib=int(memory * 1024 * _MEMORY_FOR_TASKS),
            # The instance's own interface is one of them.
            task_interfaces=trunk if trunking and trunk else interfaces - 1,
            architecture="arm64" if graviton else "x86_64",
        )
