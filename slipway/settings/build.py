"""How a service's image is built."""

from pydantic import field_validator

from slipway.settings.capacity import Architecture
from slipway.settings.errors import RuleError
from slipway.settings.model import Model, refuse_repeats


class Build(Model):
    """How the service's image is built."""

    architectures: tuple[Architecture, ...]
    """The processors that the image is built for; that of `architecture` among them."""

    @field_validator("architectures")
    @classmethod
    def _each_once(cls, architectures: tuple[Architecture, ...]) -> tuple[Architecture, ...]:
        if not architectures:
            raise RuleError("must list at least one; leave build out for that of the tasks")
        refuse_repeats(architectures)
        return architectures
