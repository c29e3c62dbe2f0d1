"""How long something may take, and whether anybody wants it to end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from prove.errors import OutOfTimeError, StoppedError


class Pace:
    """The time that a scene or a proof has.

    Parameters
    ----------
    what
        What takes the time, for messages.
    limit
        How long it may take.
    interval
        The time between two looks.
    stopped
        One of them is set when this is to end.
    until
        The end that it shares with others, by `time.monotonic`.
    """

    def __init__(
        self,
        what: str,
        *,
        limit: timedelta,
        interval: timedelta,
        stopped: Sequence[threading.Event] = (),
        until: float = float("inf"),
    ) -> None:
        self._what = what
        self._interval = interval
        self._stopped = tuple(stopped) or (threading.Event(),)
        self._until = min(until, time.monotonic() + limit.total_seconds())

    def look(self) -> None:
        """Go on, unless it is over.

        Raises
        ------
        StoppedError, OutOfTimeError
            It is.
        """
        if any(each.is_set() for each in self._stopped):
            raise StoppedError(f"{self._what}: stopped")
        if time.monotonic() >= self._until:
            raise OutOfTimeError(f"{self._what}: no time is left for it")

    def pause(self, _seconds: float = 0) -> None:
        """Wait until the next look; the place decides how long that is."""
        self.look()
        self._stopped[0].wait(self._interval.total_seconds())
        self.look()

    def wait_for(self, condition: Callable[[], bool], limit: timedelta | None = None) -> bool:
        """Tell whether something comes true in time.

        Raises
        ------
        StoppedError, OutOfTimeError
            The time of the scene itself is over.
        """
        patience = float("inf") if limit is None else limit.total_seconds()
        begun = time.monotonic()
        while not condition():
            if time.monotonic() - begun >= patience:
                return False
            self.pause()
        return True
