"""Spares a dependency that keeps failing, and spares our own requests the wait for it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

logger = logging.getLogger(__name__)


class CircuitBreaker:
    """Open after `threshold` failures in a row: then one call per `pause` finds out how it is.

    Ask `permits` before a call, and tell `succeeded` or `failed` after it. The log says once that
    the breaker opened, and once that it closed.

    Parameters
    ----------
    name
        The dependency, for the log.
    threshold
        How many failures in a row are more than bad luck.
    pause
        How long calls are left out before the next one is tried.
    clock
        Seconds that only go up.
    """

    def __init__(
        self,
        name: str,
        *,
        threshold: int,
        pause: timedelta,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._threshold = threshold
        self._pause = pause
        self._clock = clock
        self._failures = 0
        self._next_try = 0.0

    def permits(self) -> bool:
        """Tell whether to call now."""
        if self._failures < self._threshold:
            return True
        if self._clock() < self._next_try:
            return False
        # For this caller only: the others go on without, until it is known to work again.
        self._wait()
        return True

    def succeeded(self) -> None:
        """Note that a call was answered."""
        if self._failures >= self._threshold:
            logger.info("%s answers again", self._name)
        self._failures = 0

    def failed(self, error: Exception) -> None:
        """Note that a call came to nothing."""
        self._failures += 1
        if self._failures == self._threshold:
            self._wait()
            logger.warning(
                "%s is left out: %d failures in a row, the last: %r",
                *(self._name, self._failures, error),
                extra={"fields": {"pause_seconds": self._pause.total_seconds()}},
            )

    def _wait(self) -> None:
        self._next_try = self._clock() + self._pause.total_seconds()
