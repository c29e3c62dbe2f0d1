"""How a service's traces reach AWS X-Ray."""

from pydantic import Field, field_validator

from slipway.settings.errors import RuleError
from slipway.settings.model import Model
from slipway.settings.units import MiB, format_size

# Below it the collector would refuse spans all day long.
_LEAST_MEMORY_MIB = 64


class Tracing(Model):
    """A collector beside the service's container, and what that one is told of it."""

    sampled_percent: int = Field(default=5, ge=1, le=100)
    """How many of the requests that begin here are traced; one that is traced already goes on."""
    cpu: int = Field(default=32, ge=2, le=4096)
    """CPU units of the task that are set aside for the collector; at most half of them."""
    memory: MiB = 128
    """Memory of the task that the collector may use; at most half of it."""

    @field_validator("memory")
    @classmethod
    def _enough(cls, memory: int) -> int:
        if memory < _LEAST_MEMORY_MIB:
            raise RuleError(
                f"must be at least {format_size(_LEAST_MEMORY_MIB)}, not {format_size(memory)}"
            )
        return memory
