"""Somebody outside who asks for a page again and again."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from slipway.settings.errors import RuleError
from slipway.settings.model import Model, Text, UrlPath
from slipway.settings.units import Duration, between

# The newest one of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Library_python_selenium.html
# AWS makes no canary with one that is deprecated; those that exist go on.
_RUNTIME = "syn-python-selenium-14.0"
_RUNTIMES = re.compile(r"syn-python-selenium-[0-9]{1,3}\.[0-9]{1,3}")


class Canary(Model):
    """A canary of CloudWatch Synthetics, which asks the service as its clients do."""

    path: UrlPath = "/"
    """What it asks for at the service's public address."""
    body: Text | None = None
    """What the answer has to contain; its status has to be 200 in any case."""
    interval: Annotated[
        Duration, AfterValidator(between("1m", "60m", step=timedelta(minutes=1)))
    ] = timedelta(minutes=5)
    """The time between two requests. AWS charges for each."""
    timeout: Annotated[Duration, AfterValidator(between("1s", "50s"))] = timedelta(seconds=10)
    """How long an answer may take."""
    failures: int = Field(default=2, ge=1, le=10)
    """How many failures in a row call people."""
    runtime: str = _RUNTIME
    """The runtime, of Python. AWS deprecates them."""

    @field_validator("runtime")
    @classmethod
    def _of_python(cls, runtime: str) -> str:
        if not _RUNTIMES.fullmatch(runtime):
            raise RuleError(
                f"must be a runtime of Synthetics for Python, such as {_RUNTIME}, not "
                f"{runtime!r:.60}"
            )
        return runtime
