"""Which service is released before which."""

from __future__ import annotations

from collections.abc import Mapping

from slipway.settings.service import Service


def callees_first(services: Mapping[str, Service]) -> tuple[str, ...]:
    """Put services in an order in which whoever is called is released before who calls.

    Nobody meets a version of a callee that is older than what it was written against. The settings
    refuse circles.

    Parameters
    ----------
    services
        By name.
    """
    ordered: dict[str, None] = {}

    def put(name: str) -> None:
        for called in services[name].calls:
            if called in services and called not in ordered:
                put(called)
        ordered.setdefault(name)

    for name in services:
        put(name)
    return tuple(ordered)
