"""When releases may begin, and what is said when they may not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.releases.window import refusal, sleep
from slipway.settings.hours import OfficeHours
from slipway.settings.pipeline import Freeze, Place, Window

WINDOW = Window(
    days=("mon", "tue", "wed", "thu"), start="09:00", end="15:30", time_zone="Europe/Berlin"
)
YEAR_END = Freeze(start=date(2026, 12, 18), end=date(2027, 1, 2), because="year end")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def refused(now: str, window: Window | None = WINDOW, *freezes: Freeze) -> str | None:
    place = Place(after=(), window=window, freezes=freezes)
    environment: Any = SimpleNamespace(name="prod", pipeline=place)
    return refusal(environment, at(now))


@pytest.mark.parametrize(
    "now",
    [
        "2026-11-23T08:00:00",  # a Monday, 09:00 in Berlin
        "2026-11-23T14:29:59",
        "2026-07-06T07:00:00",  # 09:00 in Berlin's summer
    ],
)
def test_in_the_window_a_release_may_begin(now: str) -> None:
    assert refused(now) is None


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-23T07:59:59", "Mon 2026-11-23 09:00 CET"),
        ("2026-11-23T14:30:00", "Tue 2026-11-24 09:00 CET"),
        ("2026-11-26T20:00:00", "Mon 2026-11-30 09:00 CET"),  # from Thursday over the weekend
        ("2026-07-06T06:59:00", "Mon 2026-07-06 09:00 CEST"),
        ("2026-10-24T12:00:00", "Mon 2026-10-26 09:00 CET"),  # the clocks change in between
    ],
)
def test_outside_of_it_the_next_opening_is_told(now: str, then: str) -> None:
    assert refused(now) == (
        "prod is released on mon, tue, wed, thu between 09:00 and 15:30 (Europe/Berlin): retry the "
        f"stage from {then} on"
    )


def test_a_freeze_stops_a_release_though_the_window_is_open() -> None:
    assert refused("2026-12-21T10:00:00", WINDOW, YEAR_END) == (
        "prod is frozen until 2027-01-02 (year end): retry the stage from Mon 2027-01-04 09:00 CET "
        "on"
    )


@pytest.mark.parametrize(
    ("now", "is_refused"),
    [
        ("2026-12-17T23:59:59", False),
        ("2026-12-18T00:00:00", True),
        ("2027-01-02T23:59:59", True),
        ("2027-01-03T00:00:00", False),
    ],
)
def test_a_freeze_without_a_window_counts_whole_days_in_utc(now: str, is_refused: bool) -> None:
    assert (refused(now, None, YEAR_END) is not None) is is_refused


def test_the_days_of_a_freeze_are_those_of_the_window_s_time_zone() -> None:
    always = Window(
        days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        start="00:00",
        end="23:59",
        time_zone="Asia/Tokyo",
    )
    assert refused("2026-12-17T15:00:00", always, YEAR_END)  # the 18th in Tokyo
    assert refused("2027-01-02T15:00:00", always, YEAR_END) is None


def test_freezes_that_follow_each_other_are_one_wait() -> None:
    freezes = (
        YEAR_END,
        Freeze(start=date(2027, 1, 3), end=date(2027, 1, 10), because="stocktaking"),
    )
    told = refused("2026-12-31T10:00:00", None, *freezes)
    assert told is not None
    assert told.endswith("retry the stage from Mon 2027-01-11 00:00 UTC on")


def test_an_environment_outside_of_the_pipeline_has_neither() -> None:
    environment: Any = SimpleNamespace(name="local", pipeline=None)
    assert refusal(environment, at("2026-12-25T00:00:00")) is None


HOURS = OfficeHours(start="07:00", end="20:00", time_zone="Europe/Dublin")


def asleep(now: str, hours: OfficeHours | None = HOURS) -> str | None:
    environment: Any = SimpleNamespace(name="dev", office_hours=hours)
    return sleep(environment, at(now))


def test_an_environment_that_sleeps_says_when_it_wakes() -> None:
    # A Friday, after work.
    assert asleep("2026-11-20T20:30:00") == (
        "dev sleeps (office_hours), and no task could show that a release is good: retry the stage "
        "from Mon 2026-11-23 07:00 GMT on"
    )


@pytest.mark.parametrize("hours", [HOURS, None])
def test_an_environment_that_is_awake_is_released(hours: OfficeHours | None) -> None:
    assert asleep("2026-11-20T12:00:00", hours) is None
