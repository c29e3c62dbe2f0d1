"""The service that a command is about: its settings, and where clients reach it."""

from __future__ import annotations

from slipway.cli.options import LOCAL
from slipway.cli.usage import UsageError
from slipway.release import Target
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


def domain_url(settings: Settings, environment: str, service: str) -> str | None:
    """Return where clients reach a service by its domain; None where nobody resolves its name.

    Raises
    ------
    SettingsError
        There is no such environment.
    """
    if settings.environment(environment).domain is None or environment == LOCAL:
        return None
    return settings.url(environment, service)


def url_of(settings: Settings, environment: str, service: str, target: Target) -> str:
    """Return where clients reach a service: by its domain, or else at its load balancer.

    Raises
    ------
    SettingsError
        There is no such environment.
    """
    scheme = "http" if settings.environment(environment).domain is None else "https"
    return (
        domain_url(settings, environment, service) or f"{scheme}://{target.address}:{target.port}"
    )
