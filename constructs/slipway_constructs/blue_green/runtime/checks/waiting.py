"""Waiting for an answer that takes time, but not for ever."""

import time
from collections.abc import Callable
from datetime import timedelta

POLL_INTERVAL = timedelta(seconds=2)


def until(deadline: float, attempt: Callable[[], bool]) -> bool:
    """Repeat `attempt` until it returns True; give up with False at `deadline`.

    The first attempt is made at once, whatever the deadline. `deadline` is a time of
    ``time.monotonic()``.
    """
    while not attempt():
        if time.monotonic() + POLL_INTERVAL.total_seconds() > deadline:
            return False
        time.sleep(POLL_INTERVAL.total_seconds())
    return True
