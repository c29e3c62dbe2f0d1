"""How long CloudFormation waits for a custom resource's answer: in this machine's time."""

from __future__ import annotations

import threading
from datetime import timedelta

from slipway.local_aws.clock import Clock
from slipway.local_aws.machine import Machine

_SHORTEST_SECONDS = 20.0  # functions don't run faster because time does


def install(machine: Machine) -> None:
    """Scale the wait for a function that never answers; else it would take a real hour."""
    from ministack.services.cloudformation import custom_resource

    register = custom_resource.register_token

    def register_with_scaled_wait(token: str) -> threading.Event:
        answered: threading.Event = register(token)
        wait = answered.wait
        # The one place where MiniStack applies the template's ServiceTimeout.
        answered.wait = lambda timeout=None: wait(wait_seconds(machine.clock, timeout))  # type: ignore[method-assign]
        return answered

    custom_resource.register_token = register_with_scaled_wait


def wait_seconds(clock: Clock, service_timeout: float | None) -> float | None:
    """Return the real seconds to wait for a ``ServiceTimeout`` in seconds of AWS."""
    if service_timeout is None:
        return None
    return max(clock.wall(timedelta(seconds=service_timeout)), _SHORTEST_SECONDS)
