"""How many tasks a service has."""

from pydantic import Field, field_validator

from slipway.settings.model import Model, at_least_min

# Tasks of a service.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
_MOST_TASKS = 5000


class Scaling(Model):
    """How many tasks run."""

    min: int = Field(default=2, ge=1, le=_MOST_TASKS)
    """The fewest tasks."""
    max: int = Field(default=4, ge=1, le=_MOST_TASKS)
    """The most tasks."""
    cpu_percent: int = Field(default=60, ge=1, le=100)
    """The CPU utilisation that scaling aims for."""
    headroom_percent: int = Field(default=25, ge=0, le=300)
    """How many more tasks a release starts with, as scaling rests until it is over; never more
    than `max`."""

    _at_least_min = field_validator("max")(at_least_min)
