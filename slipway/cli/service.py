"""Finding the service that a command is about."""

from __future__ import annotations

from slipway.cli.usage import UsageError
from slipway.settings import Service, Settings


def find_service(settings: Settings, service: str, environment: str) -> Service:
    """Return the settings of a service in an environment.

    Raises
    ------
    SettingsError
        There is no such environment.
    UsageError
        There is no such service.
    """
    services = settings.services(environment)
    if service not in services:
        raise UsageError(f"There is no service {service}; known: {', '.join(services)}")
    return services[service]
