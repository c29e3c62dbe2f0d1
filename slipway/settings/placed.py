"""An environment and its services, with the text that they come from."""

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.settings.environment import Environment
from slipway.settings.service import Service
from slipway.settings.source import Location, Source
from slipway.settings.validation import mistake_at


@dataclass(frozen=True)
class Placed:
    """An environment and its services, with the text that they come from."""

    environment: Environment
    source: Source
    services: Mapping[str, Service]
    sources: Mapping[str, Source]

    def mistake(self, location: Location, message: str) -> str:
        """Return the line that tells a mistake in the environment's file."""
        return mistake_at(self.source, location, message)

    def mistake_of(self, service: str, location: Location, message: str) -> str:
        """Return the line that tells a mistake in a service's file."""
        return mistake_at(self.sources[service], location, message)
