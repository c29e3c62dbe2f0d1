"""Options that can't be understood."""

from __future__ import annotations

from datetime import timedelta

from slipway.settings.units import parse_duration, parse_size

# A second: more than any load balancer takes, and a number that a month's cost can be made of.
_MOST_REQUESTS = 1_000_000_000


class UsageError(Exception):
    """An option has a value that can't be; the message is one line that names it."""


def duration(option: str, text: str) -> timedelta:
    """Read an option such as ``--since 1h30m``.

    Raises
    ------
    UsageError
        It is no duration.
    """
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"{option} {error}") from error


def size(option: str, text: str) -> int:
    """Read an option such as ``--memory 1GiB``; return the MiB.

    Raises
    ------
    UsageError
        It is no size.
    """
    try:
        return parse_size(text)
    except ValueError as error:
        raise UsageError(f"{option} {error}") from error


def rate(option: str, number: float | None) -> float | None:
    """Check an option such as ``--requests-high 100``, if it is given.

    Raises
    ------
    UsageError
        It is no rate.
    """
    if number is not None and not 0 <= number <= _MOST_REQUESTS:
        raise UsageError(f"{option} must be between 0 and {_MOST_REQUESTS:,}, not {number:g}")
    return number
