"""What a service's tasks run on."""

from pydantic import Field, model_validator

from slipway.settings.errors import RuleError
from slipway.settings.model import Model

# The memory, in GiB, that Fargate offers for each number of CPU units (256 has 512 MiB as well).
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
_FARGATE_MEMORY_GIB = {
    256: range(1, 3),
    512: range(1, 5),
    1024: range(2, 9),
    2048: range(4, 17),
    4096: range(8, 31),
    8192: range(16, 61, 4),
    16384: range(32, 121, 8),
}

FARGATE_CPU = tuple(_FARGATE_MEMORY_GIB)
"""The CPU units that Fargate offers."""


def fargate_memory(cpu: int) -> tuple[int, ...]:
    """Return the memory, in MiB, that Fargate offers with some CPU units."""
    sizes = tuple(gib * 1024 for gib in _FARGATE_MEMORY_GIB[cpu])
    return (512, *sizes) if cpu == 256 else sizes


class ProviderShare(Model):
    """A capacity provider's share of the tasks.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
    """

    base: int = Field(default=0, ge=0, le=100_000)
    """How many tasks it runs before the weights count."""
    weight: int = Field(default=1, ge=0, le=1000)
    """Its share of the tasks beyond the bases."""


class ServiceCapacity(Model):
    """What a service's tasks run on: Fargate providers, or the EC2 capacity provider."""

    fargate: ProviderShare | None = None
    """AWS Fargate."""
    fargate_spot: ProviderShare | None = None
    """Fargate Spot: cheaper, and taken away at two minutes' notice."""
    ec2: ProviderShare | None = None
    """The environment's EC2 capacity provider."""

    @model_validator(mode="after")
    def _a_strategy_that_ecs_accepts(self) -> "ServiceCapacity":
        if self.ec2 and self.on_fargate:
            raise RuleError(
                "must have either fargate and fargate_spot, or ec2: an ECS capacity provider "
                "strategy never mixes Fargate with Auto Scaling groups"
            )
        shares = [share for share in (self.fargate, self.fargate_spot, self.ec2) if share]
        if not shares:
            raise RuleError("must have fargate, fargate_spot or ec2 (it has none)")
        if sum(share.base > 0 for share in shares) > 1:
            raise RuleError("must have a base at one provider only: ECS accepts no second one")
        if not any(share.weight for share in shares):
            raise RuleError("must have a weight above 0, or no task can be placed")
        return self

    @property
    def on_fargate(self) -> bool:
        """Whether the tasks run on Fargate or Fargate Spot."""
        return bool(self.fargate or self.fargate_spot)
