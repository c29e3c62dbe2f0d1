"""Moments as places on a picture: time goes from left to right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_MOST_TICKS = 6
_MINUTE, _HOUR = 60, 3600
_TICK_STEPS = (
    *(1, 2, 5, 10, 20, 30),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 30)),
    *(hours * _HOUR for hours in (1, 2, 6, 12, 24)),
)


@dataclass(frozen=True)
class TimeScale:
    """From the left edge to the right edge of a picture."""

    start: datetime
    span: timedelta

    def percent(self, moment: datetime) -> float:
        """Return where a moment is, from 0 to 100; what lies outside is at an edge."""
        return max(0.0, min(100.0, 100 * ((moment - self.start) / self.span)))

    @property
    def step(self) -> int:
        """Return the seconds from one tick to the next: a round number."""
        seconds = self.span.total_seconds()
        return next((s for s in _TICK_STEPS if seconds / s <= _MOST_TICKS), _TICK_STEPS[-1])

    def ticks(self) -> range:
        """Return round numbers of seconds."""
        return range(0, int(self.span.total_seconds()) + 1, self.step)

    def label(self, tick: int) -> str:
        """Say what a tick stands for: seconds, minutes or hours from the left edge."""
        if self.step < _MINUTE:
            return f"{tick} s"
        return f"{tick // _MINUTE} min" if self.step < _HOUR else f"{tick // _HOUR} h"
