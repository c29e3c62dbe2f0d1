"""How tests wait for what happens in the background.

A deadline says that something will not happen any more, never how fast it has to be: on a machine
with more to do than processors, what takes a second elsewhere takes half a minute.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PATIENCE_SECONDS = 180.0
# Longer than anybody waits: for processes that are to be ended by somebody else.
FOR_EVER_SECONDS = 900

# Of botocore's waiters: as patient, and quick to see the end.
WAITER = {"Delay": 1, "MaxAttempts": int(PATIENCE_SECONDS)}


def eventually(
    condition: Callable[[], Any],
    what: str | Callable[[], object],
    seconds: float = PATIENCE_SECONDS,
) -> Any:
    """Return the first true answer of a condition.

    Parameters
    ----------
    what
        What is waited for, or what tells how things stand then: the words of the failure.

    Raises
    ------
    AssertionError
        It never comes true.
    """
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() >= deadline:
            raise AssertionError(f"never seen: {what() if callable(what) else what}")
        time.sleep(0.1)
    return answer
