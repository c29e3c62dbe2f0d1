"""Times as reports for machines have them: ISO 8601, seconds, milliseconds."""

from __future__ import annotations

from datetime import datetime, timedelta


def seconds(duration: timedelta | None) -> float | None:
    """Return a duration in seconds, to the millisecond; None stays."""
    return None if duration is None else round(duration.total_seconds(), 3)


def milliseconds(duration: timedelta) -> float:
    """Return a duration in milliseconds, to a tenth."""
    return round(duration.total_seconds() * 1000, 1)


def moment(time: datetime | None) -> str | None:
    """Return a time in ISO 8601; None stays."""
    return None if time is None else time.isoformat()
