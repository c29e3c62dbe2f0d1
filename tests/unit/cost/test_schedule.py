"""Scheduled actions tell for how many hours of a month something runs."""

import pytest

from slipway.cost.schedule import awake, every_minutes, group_changes, states, task_changes


def hours(found) -> list[tuple[int, int, int]]:
    return [(round(each.hours * 168 / 730), each.minimum, each.maximum) for each in found]


def tasks(*actions):
    return task_changes(
        [
            {
                "Schedule": schedule,
                "ScalableTargetAction": {"MinCapacity": low, "MaxCapacity": high},
            }
            for schedule, low, high in actions
        ],
        2,
        6,
    )


def test_without_actions_a_month_has_one_state() -> None:
    assert hours(states(2, 6, [])) == [(168, 2, 6)]


@pytest.mark.parametrize("days", ["MON,TUE,WED,THU,FRI", "MON-FRI", "2-6"])
def test_office_hours_leave_65_of_a_week(days: str) -> None:
    found = states(
        2, 6, tasks((f"cron(0 7 ? * {days} *)", 2, 6), (f"cron(0 20 ? * {days} *)", 0, 0))
    )
    assert round(awake(found) * 168 / 730) == 65
    assert round(sum(each.hours for each in found), 9) == 730


def test_a_week_wraps_around() -> None:
    found = states(2, 6, tasks(("cron(0 12 ? * SUN *)", 1, 1), ("cron(0 12 ? * SAT *)", 0, 0)))
    assert hours(found) == [(144, 1, 1), (24, 0, 0)]


@pytest.mark.parametrize(
    "schedule", ["at(2026-12-24T12:00:00)", "cron(0 7 1 * ? *)", "cron(0/5 7 ? * MON *)", ""]
)
def test_what_does_not_happen_every_week_is_left_out(schedule: str) -> None:
    assert hours(states(2, 6, tasks((schedule, 0, 0)))) == [(168, 2, 6)]


def test_the_cron_of_auto_scaling_groups_counts_days_from_nought() -> None:
    actions = [
        {"Recurrence": "0 7 * * 1-5", "MinSize": "1", "MaxSize": "4"},
        {"Recurrence": "0 20 * * MON-FRI", "MinSize": "0", "MaxSize": "0"},
        {"Recurrence": "0 20 1 * *", "MinSize": "9", "MaxSize": "9"},
    ]
    found = states(1, 4, group_changes(actions, 1, 4))
    assert round(awake(found) * 168 / 730) == 65
    assert max(each.maximum for each in found) == 4


def test_rates_are_read_and_crons_are_not() -> None:
    assert every_minutes("rate(5 minutes)") == 5
    assert every_minutes("rate(2 hours)") == 120
    assert every_minutes("cron(0 7 ? * * *)") is None
