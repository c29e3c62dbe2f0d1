"""When scheduled actions let something run: the states of a week, and how long each lasts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from slipway.cost.model import HOURS_IN_A_MONTH

_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MINUTES_IN_A_WEEK = 7 * 24 * 60


@dataclass(frozen=True)
class State:
    """Limits that hold for some hours of a month."""

    hours: Decimal
    minimum: int
    maximum: int


@dataclass(frozen=True)
class Change:
    """Limits that hold from a minute of the week on."""

    minute: int
    minimum: int
    maximum: int


def states(minimum: int, maximum: int, changes: Iterable[Change]) -> list[State]:
    """Return the states of a month; one alone, where nothing changes.

    A month has the hours of a week, 730/168 times. The time zone doesn't matter for how many.
    """
    ordered = sorted(changes, key=lambda each: each.minute)
    if not ordered:
        return [State(Decimal(HOURS_IN_A_MONTH), minimum, maximum)]
    ends = [each.minute for each in ordered[1:]] + [ordered[0].minute + MINUTES_IN_A_WEEK]
    return [
        State(
            hours_of(end - each.minute),
            each.minimum,
            each.maximum,
        )
        for each, end in zip(ordered, ends, strict=True)
    ]


def by_minute(minimum: int, maximum: int, changes: Iterable[Change]) -> list[tuple[int, int]]:
    """Return the limits that hold in each minute of a week."""
    ordered = sorted(changes, key=lambda each: each.minute)
    if not ordered:
        return [(minimum, maximum)] * MINUTES_IN_A_WEEK
    last = ordered[-1]
    found = [(last.minimum, last.maximum)] * ordered[0].minute
    ends = [each.minute for each in ordered[1:]] + [MINUTES_IN_A_WEEK]
    for each, end in zip(ordered, ends, strict=True):
        found += [(each.minimum, each.maximum)] * (end - each.minute)
    return found


def hours_of(minutes: int) -> Decimal:
    """Return the hours of a month that some minutes of a week are."""
    return Decimal(minutes * HOURS_IN_A_MONTH) / MINUTES_IN_A_WEEK


def awake(of: Iterable[State]) -> Decimal:
    """Return for how many hours of a month anything may run."""
    return sum((each.hours for each in of if each.maximum), Decimal(0))


def task_changes(actions: Iterable[Mapping[str, Any]], minimum: int, maximum: int) -> list[Change]:
    """Read the scheduled actions of a scalable target.

    ``at(…)`` happens once, and is left out.

    See https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
    """
    found = []
    for action in actions:
        limits = action.get("ScalableTargetAction", {})
        for minute in _aws_cron(str(action.get("Schedule", ""))):
            found.append(
                Change(
                    minute,
                    int(limits.get("MinCapacity", minimum)),
                    int(limits.get("MaxCapacity", maximum)),
                )
            )
    return found


def group_changes(actions: Iterable[Mapping[str, Any]], minimum: int, maximum: int) -> list[Change]:
    """Read the scheduled actions of an Auto Scaling group, whose cron has five fields.

    See https://docs.aws.amazon.com/autoscaling/ec2/userguide/scheduled-scaling-overview.html
    """
    found = []
    for action in actions:
        for minute in _unix_cron(str(action.get("Recurrence", ""))):
            found.append(
                Change(
                    minute,
                    int(action.get("MinSize", minimum)),
                    int(action.get("MaxSize", maximum)),
                )
            )
    return found


def every_minutes(expression: str) -> Decimal | None:
    """Return how many minutes lie between two runs: of ``rate(5 minutes)``; else none."""
    match = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if not match:
        return None
    return Decimal(match[1]) * {"minute": 1, "hour": 60, "day": 1440}[match[2]]


def _aws_cron(schedule: str) -> list[int]:
    """Read ``cron(minutes hours day-of-month month day-of-week year)``."""
    match = re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", schedule)
    if not match or match[3] not in "*?" or match[4] != "*" or match[6] != "*":
        return []
    return _minutes(match[1], match[2], match[5], first_day=1)


def _unix_cron(recurrence: str) -> list[int]:
    fields = recurrence.split()
    if len(fields) != 5 or fields[2:4] != ["*", "*"]:
        return []
    return _minutes(fields[0], fields[1], fields[4], first_day=0)


def _minutes(minute: str, hour: str, days: str, *, first_day: int) -> list[int]:
    if not (minute.isdigit() and hour.isdigit()):
        return []
    at = int(hour) * 60 + int(minute)
    return [day * 1440 + at for day in _week_days(days, first_day)]


def _week_days(text: str, first_day: int) -> list[int]:
    """Return days, 0 for Sunday; AWS's own cron counts from 1, Unix's from 0."""
    if text in {"*", "?"}:
        return list(range(7))
    found: list[int] = []
    for part in text.upper().split(","):
        ends = [_day(each, first_day) for each in part.split("-")]
        if len(ends) == 1:
            found += ends
        else:
            length = (ends[1] - ends[0]) % 7 + 1
            found += [(ends[0] + step) % 7 for step in range(length)]
    return sorted(set(found))


def _day(text: str, first_day: int) -> int:
    return _DAYS.index(text) if text in _DAYS else (int(text) - first_day) % 7
