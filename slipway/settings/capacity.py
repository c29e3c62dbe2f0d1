"""What an environment's cluster runs tasks on, and how much fits."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import Field, ValidationInfo, field_validator

from slipway.settings.errors import RuleError
from slipway.settings.model import Model, Percentage, at_least_min, refuse_repeats

Architecture = Literal["x86_64", "arm64"]
ARCHITECTURES: tuple[Architecture, ...] = get_args(Architecture)

# General purpose (m), compute (c) and memory (r) types from the fifth generation on: all of them
# trunk network interfaces, and their sizes follow one scheme.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/eni-trunking-supported-instance-types.html
_TYPE = re.compile(
    r"(?P<family>[cmr])[5-9](?P<options>[a-z]*)\."
    r"(?P<size>large|(2|3|4|6|8|9|10|12|16|18|24|32|48|96)?xlarge)"
)
# https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LaunchTemplate.html
_MOST_TYPES = 40
# Container instances of a cluster; the quota can't be raised.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
_MOST_INSTANCES = 5000
_GIB_PER_VCPU = {"c": 2, "m": 4, "r": 8}
# The tasks with an address of their own that an instance takes at least, by its vCPUs.
_TASKS = {2: 10, 4: 20, 8: 40}
_TASKS_OF_LARGER = 60
# What the operating system and the container agent keep for themselves.
_SYSTEM_MEMORY = 0.1


@dataclass(frozen=True)
class InstanceType:
    """What an EC2 instance type offers to tasks.

    Attributes
    ----------
    name
        Such as ``m6i.large``.
    architecture
        Its processor.
    cpu
        CPU units; 1024 are one vCPU.
    memory
        MiB that tasks can have.
    tasks
        How many tasks with an address of their own it takes, its network interface trunked.
    """

    name: str
    architecture: Architecture
    cpu: int
    memory: int
    tasks: int

    @classmethod
    def parse(cls, name: str) -> "InstanceType | None":
        """Read the type from its name; None for one that doesn't trunk network interfaces."""
        match = _TYPE.fullmatch(name)
        if match is None:
            return None
        size = match["size"].removesuffix("large").removesuffix("x")
        vcpus = 2 if match["size"] == "large" else 4 * int(size or 1)
        memory = vcpus * _GIB_PER_VCPU[match["family"]] * 1024
        return cls(
            name,
            "arm64" if "g" in match["options"] else "x86_64",
            cpu=vcpus * 1024,
            memory=int(memory * (1 - _SYSTEM_MEMORY)),
            tasks=_TASKS.get(vcpus, _TASKS_OF_LARGER),
        )


class Ec2Capacity(Model):
    """The Auto Scaling group behind the EC2 capacity provider."""

    instance_types: tuple[str, ...] = Field(min_length=1, max_length=_MOST_TYPES)
    """Instance types to choose from, of one architecture: c, m or r from the fifth generation on,
    because these trunk network interfaces."""
    min: int = Field(default=0, ge=0, le=_MOST_INSTANCES)
    """The fewest instances; outside of office hours there may be none."""
    max: int = Field(default=4, ge=0, le=_MOST_INSTANCES)
    """The most instances; blue/green needs room for twice the tasks."""
    on_demand_base: int = Field(default=0, ge=0)
    """How many instances are on demand before the Spot share counts."""
    spot_percent: Percentage = 0
    """The share of the instances beyond the base that are Spot: cheaper, and taken away at two
    minutes' notice."""

    @field_validator("instance_types")
    @classmethod
    def _of_one_architecture(cls, instance_types: tuple[str, ...]) -> tuple[str, ...]:
        refuse_repeats(instance_types)
        first: InstanceType | None = None
        for index, name in enumerate(instance_types):
            found = InstanceType.parse(name)
            if found is None:
                raise RuleError(
                    "must be a c, m or r instance type from the fifth generation on, such as "
                    f"m6i.large or m7g.large, not {name!r:.60}: others may not trunk network "
                    "interfaces, and then hold two or three tasks",
                    at=(index,),
                )
            first = first or found
            if found.architecture != first.architecture:
                raise RuleError(
                    f"must be of one architecture: {found.name} is {found.architecture}, "
                    f"{first.name} is {first.architecture}",
                    at=(index,),
                )
        return instance_types

    _at_least_min = field_validator("max")(at_least_min)

    @field_validator("on_demand_base")
    @classmethod
    def _leaves_room_for_spot(cls, base: int, info: ValidationInfo) -> int:
        maximum = info.data.get("max", base)
        if base > maximum:
            raise RuleError(f"must be at most {{here}}max ({base} > {maximum})")
        return base

    @property
    def types(self) -> tuple[InstanceType, ...]:
        """The instance types, as what they offer."""
        return tuple(filter(None, map(InstanceType.parse, self.instance_types)))

    @property
    def architecture(self) -> Architecture:
        """The processor of every instance."""
        return self.types[0].architecture


class EnvironmentCapacity(Model):
    """What the cluster runs tasks on, beside Fargate and Fargate Spot."""

    ec2: Ec2Capacity
    """The Auto Scaling group behind the EC2 capacity provider."""
    fargate_spot_percent: Percentage = 0
    """The share of the tasks beyond the first that run on Fargate Spot, for services that don't
    say their capacity themselves."""
