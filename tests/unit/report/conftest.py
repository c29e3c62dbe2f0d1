"""A release that failed after a first share of the traffic, and what rolled it back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slipway.release import Health, LifecycleEvent, Requests, TaskSet, View, Vitals
from slipway.report import Outcome, Recorder, ReleaseReport

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def event(name: str, status: str, began: float | None, ended: float | None) -> LifecycleEvent:
    return LifecycleEvent(
        name=name,
        status=status,
        began=None if began is None else at(began),
        ended=None if ended is None else at(ended),
        diagnosis="http failed: GET / answered 500" if status == "Failed" else "",
    )


def view(status: str, green: float, *events: LifecycleEvent, **more: Any) -> View:
    known: dict[str, Any] = {
        "created": NOON,
        "events": events,
        "blue": TaskSet(traffic_percent=100 - green, running=2, desired=2, target_group="one"),
        "green": TaskSet(traffic_percent=green, running=2, desired=2, target_group="two"),
    }
    return View(status=status, **(known | more))


def vitals(time: float, alarm: str = "OK") -> Vitals:
    return Vitals(
        time=at(time),
        health={"one": Health(healthy=2), "two": Health(healthy=1, initial=1)},
        alarms={"two-server-errors": alarm, "one-latency": "OK"},
    )


def interval(begin: float, count: int, errors: int = 0) -> Requests:
    return Requests(
        begin=at(begin),
        length=timedelta(seconds=10),
        count=count,
        errors=errors,
        p50=timedelta(milliseconds=12),
        p99=timedelta(milliseconds=40),
    )


INSTALL = event("Install", "Succeeded", 1, 9)


@pytest.fixture
def recorder() -> Recorder:
    recorder = Recorder(service="storefront", environment="prod", revision="storefront:7")
    recorder.saw("d-ONE", view("InProgress", 0, INSTALL), vitals(5), at(5))
    recorder.saw("d-ONE", view("InProgress", 0, INSTALL), vitals(10), at(10))
    recorder.told(at(9), "Install succeeded")
    shifting = event("AllowTraffic", "InProgress", 10, None)
    recorder.saw("d-ONE", view("InProgress", 10, INSTALL, shifting), vitals(15), at(15))
    return recorder


@pytest.fixture
def failed(recorder: Recorder) -> ReleaseReport:
    hook = event("AfterAllowTraffic", "Failed", 20, 25)
    recorder.saw(
        "d-ONE",
        view("Failed", 10, INSTALL, hook, error="A hook said no."),
        vitals(25, "ALARM"),
        at(25),
    )
    # What CodeDeploy calls blue and green in a rollback is its own affair.
    rollback = View(
        status="Succeeded",
        created=at(26),
        is_rollback=True,
        blue=TaskSet(traffic_percent=0, running=2, desired=2, target_group="two"),
        green=TaskSet(traffic_percent=100, running=2, desired=2, target_group="one"),
        events=(event("AllowTraffic", "Succeeded", 27, 29),),
    )
    recorder.saw("d-BACK", rollback, vitals(30), at(30))
    return recorder.report(
        Outcome.FAILED,
        reason="http failed: GET / <b> answered 500",
        rollback_id="d-BACK",
        requests={
            "one": [interval(0, 400), interval(10, 360)],
            "two": [interval(10, 40, errors=4)],
        },
    )
