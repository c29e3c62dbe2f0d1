"""Waiting for what the registry does a moment after a push, but not for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

INTERVAL = timedelta(seconds=2)


def until(within: timedelta, attempt: Callable[[], bool]) -> bool:
    """Repeat `attempt` until it returns True; give up with False when the time is over.

    The first attempt is made at once, however short the time is.
    """
    deadline = time.monotonic() + within.total_seconds()
    while not attempt():
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(left, INTERVAL.total_seconds()))
    return True
