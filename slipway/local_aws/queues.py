"""Amazon SQS in this machine's time: how long messages wait, and stay invisible."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from slipway.local_aws.clock import Clock
from slipway.local_aws.machine import Machine

# A function runs at its own speed, and must have answered before its message is seen again.
_LEAST_INVISIBLE_SECONDS = 3.0

Queue = dict[str, Any]


def install(machine: Machine) -> None:
    """Scale the delay and the visibility timeout of queues; MiniStack counts them in real seconds.

    What a request says itself, for one message, stays as it is.
    """
    from ministack.services import sqs

    collect: Callable[[Queue, int, float], list[dict[str, Any]]] = sqs._collect_msgs
    delay: Callable[[Queue], int] = sqs.queue_delay
    clock = machine.clock

    def collect_scaled(queue: Queue, most: int, timeout: float) -> list[dict[str, Any]]:
        return collect(queue, most, invisible_seconds(clock, timeout))

    sqs._collect_msgs = collect_scaled
    sqs.queue_delay = lambda queue: clock.wall(timedelta(seconds=delay(queue)))


def invisible_seconds(clock: Clock, timeout: float) -> float:
    """Return the real seconds for a visibility timeout in seconds of AWS; none stays none."""
    if not timeout:
        return 0.0
    return max(clock.wall(timedelta(seconds=timeout)), _LEAST_INVISIBLE_SECONDS)
