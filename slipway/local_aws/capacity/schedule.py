"""Scheduled actions of Auto Scaling groups, carried out when their time comes.

The time is this machine's, whatever the time scale: an office opens at seven.
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Record = dict[str, Any]

_MINUTE = timedelta(minutes=1)
# Whoever stood still for longer has missed it; AWS promises no more than a time near the planned.
_PATIENCE = timedelta(minutes=5)
_SIZES = ("MinSize", "MaxSize", "DesiredCapacity")
# Minutes, hours, days of the month, months and days of the week.
_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_PART = re.compile(r"(\*|(?P<first>\d+)(-(?P<last>\d+))?)(/(?P<step>[1-9]\d*))?")


class UnreadableScheduleError(ValueError):
    """A schedule that this machine could not keep."""


@dataclass(frozen=True)
class Recurrence:
    """A Unix cron expression of five fields: numbers, lists, ranges, steps and ``*``."""

    fields: tuple[frozenset[int], ...]
    any_day: bool
    any_week_day: bool

    @classmethod
    def parse(cls, text: str) -> Recurrence:
        """Read an expression.

        Raises
        ------
        UnreadableScheduleError
            It is none, or uses what isn't carried out here, such as names of days.
        """
        parts = text.split()
        if len(parts) != len(_FIELDS):
            raise UnreadableScheduleError(f"Recurrence must have five fields, not {text!r}")
        fields = tuple(
            _values(part, *bounds, text=text) for part, bounds in zip(parts, _FIELDS, strict=True)
        )
        return cls(fields, any_day=parts[2] == "*", any_week_day=parts[4] == "*")

    def holds(self, moment: datetime) -> bool:
        """Tell whether a minute of the schedule's time zone is one of them."""
        minutes, hours, days, months, week_days = self.fields
        day = moment.day in days
        week_day = bool({moment.isoweekday(), moment.isoweekday() % 7} & week_days)
        # Where both are named, either will do: crontab(5).
        on_this_day = day and week_day if self.any_day or self.any_week_day else day or week_day
        on_this_minute = moment.minute in minutes and moment.hour in hours
        return on_this_minute and moment.month in months and on_this_day


class Schedule:
    """What has been carried out of all scheduled actions, and what is due."""

    def __init__(self, now: datetime | None = None) -> None:
        self._until = now or datetime.now(UTC)

    def due(self, actions: Iterable[Record], now: datetime | None = None) -> list[Record]:
        """Return the actions that came due since the last call, in the order of their times."""
        since, now = self._until, now or datetime.now(UTC)
        self._until = now
        since = max(since, now - _PATIENCE)
        found = [(at, action) for action in actions for at in _times(action, since, now)]
        return [action for _, action in sorted(found, key=lambda item: item[0])]


def carry_out(action: Record, group: Record) -> None:
    """Set the sizes that an action names; the group then keeps within them."""
    group.update({name: action[name] for name in _SIZES if action.get(name, -1) >= 0})


def require_readable(properties: Record) -> None:
    """Refuse an action that this machine could not carry out.

    Raises
    ------
    UnreadableScheduleError
        Its recurrence, its time zone or its start.
    """
    if properties.get("Recurrence"):
        Recurrence.parse(str(properties["Recurrence"]))
    _zone(properties)
    for name in ("StartTime", "EndTime"):
        _moment(properties, name)


def _times(action: Record, since: datetime, now: datetime) -> Iterator[datetime]:
    start, end = _moment(action, "StartTime"), _moment(action, "EndTime")
    if start is not None and since < start <= now:
        yield start
    if not action.get("Recurrence"):
        return
    recurrence, zone = Recurrence.parse(action["Recurrence"]), _zone(action)
    minute = since.replace(second=0, microsecond=0) + _MINUTE
    while minute <= now:
        inside = (start is None or minute > start) and (end is None or minute <= end)
        if inside and recurrence.holds(minute.astimezone(zone)):
            yield minute
        minute += _MINUTE


def _values(part: str, least: int, most: int, *, text: str) -> frozenset[int]:
    values: set[int] = set()
    for item in part.split(","):
        match = _PART.fullmatch(item)
        if match is None:
            raise UnreadableScheduleError(
                f"Recurrence {text!r}: {item!r} is not carried out on this machine, only numbers, "
                "lists, ranges, steps and *"
            )
        first = int(match["first"] or least)
        last = int(match["last"] or (match["first"] if match["first"] else most))
        if not least <= first <= last <= most:
            raise UnreadableScheduleError(
                f"Recurrence {text!r}: {item!r} must be between {least} and {most}"
            )
        values.update(range(first, last + 1, int(match["step"] or 1)))
    return frozenset(values)


def _zone(action: Record) -> ZoneInfo:
    name = str(action.get("TimeZone") or "UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise UnreadableScheduleError(f"TimeZone {name!r} is not known") from None


def _moment(action: Record, name: str) -> datetime | None:
    text = str(action.get(name) or "")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UnreadableScheduleError(f"{name} must be a time, not {text!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
