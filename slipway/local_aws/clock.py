"""Time that can run faster: the order of things stays, only the waiting shrinks."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Clock:
    """How long the waits of AWS take on this machine.

    ``scale`` is real seconds per AWS second: at 0.01 a bake time of five minutes takes three
    seconds. ``patience`` is the share that is kept of the least real times in which code gets to
    answer; below 1 they suit whoever rehearses code that never does.
    """

    scale: float = 1.0
    patience: float = 1.0

    def __post_init__(self) -> None:
        if self.scale <= 0:
            raise ValueError(f"the time scale must be above 0, not {self.scale}")
        if self.patience <= 0:
            raise ValueError(f"the patience must be above 0, not {self.patience}")

    def wall(self, duration: timedelta) -> float:
        """Return the real seconds that a duration of AWS takes here."""
        return duration.total_seconds() * self.scale

    def wall_for_code(self, duration: timedelta, least_seconds: float) -> float:
        """Return the real seconds that code gets, which runs no faster than anywhere.

        Parameters
        ----------
        least_seconds
            What it gets in any case, at a patience of 1.
        """
        return max(self.wall(duration), least_seconds * self.patience)

    def sleep(self, duration: timedelta) -> None:
        """Wait for a duration of AWS."""
        time.sleep(self.wall(duration))
