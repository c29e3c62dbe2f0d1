from datetime import UTC, datetime, timedelta

import pytest

from slipway.local_aws.capacity.schedule import (
    Recurrence,
    Schedule,
    UnreadableScheduleError,
    carry_out,
    require_readable,
)

# A Monday.
MORNING = datetime(2026, 11, 23, 6, 49, 30, tzinfo=UTC)
OPEN = {"Recurrence": "50 6 * * 1,2,3,4,5", "TimeZone": "Europe/Dublin", "MinSize": 2}
CLOSE = {"Recurrence": "0 20 * * 1,2,3,4,5", "TimeZone": "Europe/Dublin", "MinSize": 0}


def due(since, until, *actions):
    return Schedule(since).due(actions, until)


def test_action_is_due_once_in_its_minute():
    schedule = Schedule(MORNING)
    assert schedule.due([OPEN, CLOSE], MORNING) == []
    assert schedule.due([OPEN, CLOSE], MORNING + timedelta(seconds=31)) == [OPEN]
    assert schedule.due([OPEN, CLOSE], MORNING + timedelta(seconds=32)) == []


def test_time_zone_has_its_summer():
    summer = datetime(2026, 7, 20, 5, 50, tzinfo=UTC)
    assert due(summer - timedelta(seconds=1), summer, OPEN) == [OPEN]
    assert due(MORNING - timedelta(hours=1), MORNING - timedelta(minutes=59), OPEN) == []


def test_nothing_is_due_at_the_weekend():
    saturday = MORNING - timedelta(days=2)
    assert due(saturday, saturday + timedelta(minutes=2), OPEN) == []


@pytest.mark.parametrize("sunday", ["0", "7"])
def test_sunday_has_two_numbers(sunday):
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert Recurrence.parse(f"0 12 * * {sunday}").holds(noon)
    assert not Recurrence.parse("0 12 * * 1-6").holds(noon)


def test_day_of_the_month_or_of_the_week_will_do_where_both_are_named():
    first_or_sunday = Recurrence.parse("0 */6 1 * 0")
    assert first_or_sunday.holds(datetime(2026, 11, 22, 18, 0, tzinfo=UTC))
    assert first_or_sunday.holds(datetime(2026, 12, 1, 18, 0, tzinfo=UTC))
    assert not first_or_sunday.holds(datetime(2026, 12, 2, 18, 0, tzinfo=UTC))
    assert not first_or_sunday.holds(datetime(2026, 12, 1, 19, 0, tzinfo=UTC))


def test_machine_that_stood_still_for_hours_misses_an_action():
    assert due(MORNING, MORNING + timedelta(hours=2), OPEN) == []


def test_actions_follow_each_other_in_the_order_of_their_times():
    later = {"Recurrence": "51 6 * * *", "MinSize": 3}
    assert due(MORNING, MORNING + timedelta(minutes=2), later, OPEN) == [OPEN, later]


def test_action_without_recurrence_happens_at_its_start():
    once = {"StartTime": "2026-11-23T06:49:45Z", "MinSize": 1}
    assert due(MORNING, MORNING + timedelta(minutes=1), once) == [once]
    assert due(MORNING + timedelta(minutes=1), MORNING + timedelta(minutes=2), once) == []


def test_action_ends_with_its_end():
    ended = {**OPEN, "EndTime": "2026-11-22T00:00:00Z"}
    assert due(MORNING, MORNING + timedelta(minutes=1), ended) == []


def test_only_the_sizes_that_an_action_names_change():
    group = {"MinSize": 2, "MaxSize": 4, "DesiredCapacity": 3}
    carry_out({"MinSize": 0, "MaxSize": -1, "DesiredCapacity": -1}, group)
    assert group == {"MinSize": 0, "MaxSize": 4, "DesiredCapacity": 3}


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"Recurrence": "0 20 * *"}, "five fields"),
        ({"Recurrence": "0 20 * * MON"}, "'MON' is not carried out"),
        ({"Recurrence": "0 24 * * *"}, "'24' must be between 0 and 23"),
        ({"Recurrence": "30-10 * * * *"}, "'30-10' must be between 0 and 59"),
        ({"TimeZone": "Dublin"}, "TimeZone 'Dublin' is not known"),
        ({"StartTime": "tomorrow"}, "StartTime must be a time, not 'tomorrow'"),
    ],
)
def test_schedule_that_could_not_be_kept_is_refused(properties, told):
    with pytest.raises(UnreadableScheduleError, match=told):
        require_readable(properties)
