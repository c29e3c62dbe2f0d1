"""How target groups tell that a task is well."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from slipway.settings.errors import RuleError
from slipway.settings.model import Model, UrlPath
from slipway.settings.units import Duration, between, format_duration


class HealthCheck(Model):
    """How the target groups tell that a task is well.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    """

    path: UrlPath = "/health"
    """What is asked for; 200 is healthy."""
    interval: Annotated[Duration, AfterValidator(between("5s", "300s"))] = timedelta(seconds=10)
    """The time between two checks of a target."""
    timeout: Annotated[Duration, AfterValidator(between("2s", "120s"))] = timedelta(seconds=5)
    """How long a response is waited for; less than the interval."""
    healthy_threshold: int = Field(default=2, ge=2, le=10)
    """Successes in a row that make a target healthy."""
    unhealthy_threshold: int = Field(default=3, ge=2, le=10)
    """Failures in a row that make it unhealthy."""

    @field_validator("timeout")
    @classmethod
    def _within_the_interval(cls, timeout: timedelta, info: ValidationInfo) -> timedelta:
        interval = info.data.get("interval")
        if interval is not None and timeout >= interval:
            raise RuleError(
                f"must be shorter than {{here}}interval "
                f"({format_duration(timeout)} >= {format_duration(interval)})"
            )
        return timeout
