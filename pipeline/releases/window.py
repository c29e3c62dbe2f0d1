"""When releases may begin: windows, freezes and office hours of an environment."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from slipway.settings import Environment
from slipway.settings.hours import DAYS, Hours
from slipway.settings.pipeline import Freeze, Window

_WEEK = 7


def refusal(environment: Environment, now: datetime) -> str | None:
    """Say why no release may begin now, and when one may; nothing where one may.

    Parameters
    ----------
    environment
        Whose place in the pipeline has windows and freezes.
    now
        An aware time.

    Returns
    -------
    str or None
        ``prod is frozen until 2027-01-02 (year end): retry the stage then``.
    """
    place = environment.pipeline
    if place is None:
        return None
    zone = ZoneInfo(place.window.time_zone) if place.window else UTC
    here = now.astimezone(zone)
    begins = _first_free_moment(place.window, place.freezes, here)
    if begins == here:
        return None
    freeze = _freeze_at(place.freezes, here)
    if begins is None:
        return (
            f"{environment.name} has no window for a release outside its freezes: change "
            f"pipeline.freezes of environments/{environment.name}.yaml"
        )
    if freeze:
        why = f"is frozen until {freeze.end} ({freeze.because})"
    else:
        assert place.window is not None  # noqa: S101 - nothing else refuses
        why = f"is released {_in_words(place.window)}"
    return f"{environment.name} {why}: retry the stage from {begins:%a %Y-%m-%d %H:%M %Z} on"


def sleep(environment: Environment, now: datetime) -> str | None:
    """Say until when an environment has no tasks at all; nothing where it is awake.

    Parameters
    ----------
    environment
        Which may have office hours.
    now
        An aware time.

    Returns
    -------
    str or None
        The sentence names when the stage can be retried.
    """
    hours = environment.office_hours
    if hours is None:
        return None
    here = now.astimezone(ZoneInfo(hours.time_zone))
    wakes = _first_free_moment(hours, (), here)
    if wakes is None or wakes == here:
        return None
    return (
        f"{environment.name} sleeps (office_hours), and no task could show that a release is good: "
        f"retry the stage from {wakes:%a %Y-%m-%d %H:%M %Z} on"
    )


def _first_free_moment(
    window: Hours | None, freezes: tuple[Freeze, ...], here: datetime
) -> datetime | None:
    """Find the first moment, from now on, in a window and outside of every freeze."""
    moment = here
    # Each turn passes over a freeze, or over a day; after a freeze, a week of days at most.
    for _ in range((len(freezes) + 1) * (_WEEK + 2)):
        freeze = _freeze_at(freezes, moment)
        if freeze:
            moment = _midnight(moment, freeze.end + timedelta(days=1))
            continue
        if window is None:
            return moment
        opens, closes = _hours(window, moment)
        if opens is not None and closes is not None and moment < closes:
            if moment >= opens:
                return moment
            moment = opens
            continue
        moment = _midnight(moment, moment.date() + timedelta(days=1))
    return None


def _freeze_at(freezes: tuple[Freeze, ...], moment: datetime) -> Freeze | None:
    """Find the freeze that a moment falls into: the one that ends last."""
    found = [each for each in freezes if each.start <= moment.date() <= each.end]
    return max(found, key=lambda each: each.end, default=None)


def _hours(window: Hours, moment: datetime) -> tuple[datetime | None, datetime | None]:
    """Return when the window opens and closes on the day of a moment, if it does."""
    day = moment.date()
    if DAYS[day.weekday()] not in window.days:
        return None, None
    zone = moment.tzinfo
    return (
        datetime.combine(day, window.opening, zone),
        datetime.combine(day, window.closing, zone),
    )


def _midnight(moment: datetime, day: date) -> datetime:
    return datetime.combine(day, time(), moment.tzinfo)


def _in_words(window: Window) -> str:
    days = ", ".join(window.days)
    return f"on {days} between {window.start} and {window.end} ({window.time_zone})"
