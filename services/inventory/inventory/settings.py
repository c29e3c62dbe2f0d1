"""The environment variables that the service knows, and their defaults."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Settings:
    """One field for each variable: `drain_seconds` is DRAIN_SECONDS."""

    host: str = "0.0.0.0"  # noqa: S104 - a task's network interface is its own
    port: int = 8080
    log_level: str = "info"
    drain_seconds: float = 5.0
    shutdown_seconds: float = 20.0
    keep_alive_seconds: float = 75.0
    ecs_container_metadata_uri_v4: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Take what the environment says, and the defaults for the rest.

        Raises
        ------
        ValueError
            A value is not what its variable wants; the message says which and what would be right.
        """
        return cls(
            **{
                field.name: _read(variable, environment[variable], type(field.default))
                for field in dataclasses.fields(cls)
                if (variable := field.name.upper()) in environment
            }
        )


def _read(variable: str, text: str, kind: type) -> Any:
    if kind is str:
        return text
    try:
        number: float = kind(text)
    except ValueError:
        number = -1
    # As many seconds as ports: more than 18 hours is a mistake too.
    if not 0 <= number <= 65535:
        raise ValueError(f"{variable} is {text!r}: give a number from 0 to 65535")
    return number
