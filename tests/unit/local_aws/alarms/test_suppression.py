"""An alarm that another one keeps from calling people."""

from __future__ import annotations

import time
from typing import Any

import pytest

from slipway.local_aws.alarms.suppression import Suppressed, Suppression, check, suppressed_by

PERIODS = {"ActionsSuppressorWaitPeriod": 10, "ActionsSuppressorExtensionPeriod": 20}
FIRING = Suppressed(told="OK", untold=("ALARM", "because"), since=100.0)


@pytest.mark.parametrize(
    ("known", "suppressor", "now", "by"),
    [
        (FIRING, "OK", 105.0, "WaitPeriod"),
        (FIRING, "OK", 110.0, None),
        (FIRING, "ALARM", 105.0, "Alarm"),
        (FIRING, "ALARM", 999.0, "Alarm"),
        (Suppressed(untold=("OK", "over"), since=100.0), "OK", 100.0, None),
        (
            Suppressed(untold=FIRING.untold, since=100.0, muted_until=150.0),
            "OK",
            160.0,
            "ExtensionPeriod",
        ),
        (Suppressed(untold=FIRING.untold, since=100.0, muted_until=150.0), "OK", 170.0, None),
    ],
)
def test_what_keeps_an_alarm_back(
    known: Suppressed, suppressor: str, now: float, by: str | None
) -> None:
    found, _ = suppressed_by(known, suppressor=suppressor, now=now, wait=10.0, extension=20.0)
    assert found == by


class Alarms:
    """One composite alarm, its suppressor's state, and what was told."""

    def __init__(self, **settings: Any) -> None:
        self.suppressor = "OK"
        self.told: list[str] = []
        self.record = {"AlarmArn": "arn", "ActionsSuppressor": "other", **PERIODS, **settings}
        self.suppression = Suppression(
            dispatch=lambda alarm, old, new, reason: self.told.append(new),
            state_of=lambda name: self.suppressor,
            # Periods are over at once, unless a test makes them long.
            wall=lambda seconds: 0.0 if seconds < 1000 else seconds,
        )

    def becomes(self, state: str) -> None:
        self.suppression.transition(self.record, "", state, "because")

    def look(self) -> None:
        self.suppression.look(self.record)


def test_an_alarm_without_a_suppressor_is_told_at_once() -> None:
    alarms = Alarms(ActionsSuppressor=None)
    alarms.becomes("ALARM")
    alarms.becomes("OK")
    assert alarms.told == ["ALARM", "OK"]


def test_what_began_and_ended_while_suppressed_is_never_told() -> None:
    alarms = Alarms()
    alarms.becomes("OK")
    alarms.suppressor = "ALARM"
    alarms.becomes("ALARM")
    assert alarms.record["ActionsSuppressedBy"] == "Alarm"
    alarms.becomes("OK")
    alarms.suppressor = "OK"
    alarms.look()
    alarms.look()
    assert alarms.told == ["OK"]
    assert "ActionsSuppressedBy" not in alarms.record


def test_what_outlasts_its_suppressor_is_told_after_it() -> None:
    alarms = Alarms()
    alarms.suppressor = "ALARM"
    alarms.becomes("ALARM")
    alarms.look()
    assert not alarms.told
    alarms.suppressor = "OK"
    alarms.look()
    assert alarms.told == ["ALARM"]
    alarms.look()
    assert alarms.told == ["ALARM"]


def test_a_suppressor_that_comes_late_is_waited_for() -> None:
    alarms = Alarms(ActionsSuppressorWaitPeriod=10_000)
    alarms.becomes("ALARM")
    assert alarms.record["ActionsSuppressedBy"] == "WaitPeriod"
    alarms.suppressor = "ALARM"
    alarms.look()
    assert alarms.record["ActionsSuppressedBy"] == "Alarm"
    assert not alarms.told


def test_times_are_those_of_this_machine() -> None:
    alarms = Alarms()
    alarms.suppression.wall = lambda seconds: seconds / 1000
    alarms.becomes("ALARM")
    time.sleep(0.02)
    alarms.look()
    assert alarms.told == ["ALARM"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"ActionsSuppressor": "there"}, "must be given with ActionsSuppressor"),
        ({"ActionsSuppressor": "gone", **PERIODS}, "there is no alarm gone"),
    ],
)
def test_a_suppressor_that_cloudwatch_would_refuse_is_refused(
    settings: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        check(settings, lambda name: "OK" if name == "there" else None)
    check({"ActionsSuppressor": "there", **PERIODS}, lambda name: "OK")
    check({}, lambda name: None)
