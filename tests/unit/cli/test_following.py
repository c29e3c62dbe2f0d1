"""What following a deployment tells, the report that it leaves, and its exit code."""

import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from slipway.cli import following
from slipway.cli.following import REHEARSED, Follower
from slipway.release import (
    AwsError,
    Deployment,
    DeploymentRecord,
    Kind,
    TargetGroup,
    TaskSet,
    Until,
    View,
    Vitals,
)

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DEPLOYMENT: Any = Deployment(
    id="d-ONE",
    target=SimpleNamespace(
        service="storefront",
        revision="arn/shop-prod-storefront:7",
        command=lambda verb: f"slipway {verb} storefront -e prod",
    ),
)


class Instruments:
    """Reads nothing."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def read(self) -> Vitals:
        return Vitals(time=NOON, unknown={"health": "not allowed: DescribeTargetHealth"})

    def history(self, since: datetime, until: datetime) -> dict[str, Any]:
        assert since == NOON
        assert until > since
        return {}


@pytest.fixture(autouse=True)
def no_instruments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "Instruments", Instruments)


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    aws: Any = None
    return Follower(aws=aws, environment="prod", pace=REHEARSED, reports=tmp_path / "releases")


@pytest.fixture
def reports(tmp_path: Path) -> Any:
    """Return what reports were left, by the ids of their deployments."""

    def left() -> dict[str, Any]:
        files = (tmp_path / "releases").glob("*.json")
        return {
            (found := json.loads(file.read_text()))["deployments"][0]["id"]: found for file in files
        }

    return left


def look_at(status: str) -> View:
    return View(
        status=status,
        created=NOON,
        blue=TaskSet(traffic_percent=90, running=2, desired=2, target_group="one"),
        green=TaskSet(traffic_percent=10, running=2, desired=2, target_group="two"),
    )


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let a deployment end in a given way."""

    def ending(ended: DeploymentRecord, *progress: tuple[str, Kind, tuple[str, ...]]) -> None:
        told = [
            SimpleNamespace(time=NOON, message=message, kind=kind, details=details)
            for message, kind, details in progress or [("AllowTraffic begins", Kind.LIFECYCLE, ())]
        ]

        def watch(*_: Any, seen: Any, **__: Any) -> Any:
            seen(look_at(ended.status))
            return iter(told)

        monkeypatch.setattr(following, "watch", watch)
        monkeypatch.setattr(following, "result", lambda *_: ended)
        monkeypatch.setattr(following, "glance", lambda *_: None)

    return ending


def test_a_release_that_is_live_ends_well_and_leaves_its_id_for_programs(
    follower: Follower,
    followed: Any,
    capsys: pytest.CaptureFixture[str],
    record: Any,
) -> None:
    followed(record("InProgress"))
    assert follower.follow(DEPLOYMENT) == 0
    told = capsys.readouterr()
    assert told.out == "d-ONE\n"
    local = NOON.astimezone().strftime("%H:%M:%S")
    assert f"{local}  AllowTraffic begins\n" in told.err


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_a_release_that_failed_says_why_and_what_rolled_it_back(
    follower: Follower,
    followed: Any,
    capsys: pytest.CaptureFixture[str],
    status: str,
    record: Any,
) -> None:
    followed(record(status, error_message="A hook said no.", rollback_id="d-BACK"))
    assert follower.follow(DEPLOYMENT) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert f"d-ONE {status.lower()}: A hook said no. The rollback is d-BACK." in told.err


def test_what_a_check_found_is_the_reason_and_what_passed_is_left_out(
    follower: Follower,
    followed: Any,
    capsys: pytest.CaptureFixture[str],
    record: Any,
) -> None:
    check = {"deployment_id": "d-ONE", "check": "http", "duration_ms": 31}
    lines = (
        json.dumps({**check, "outcome": "passed", "detail": "GET /health answered 200"}),
        json.dumps({**check, "outcome": "failed", "detail": "GET / answered 500"}),
    )
    followed(
        record("Failed", error_message="One or more functions failed."),
        ("AfterAllowTestTraffic failed", Kind.DIAGNOSTICS, lines),
    )
    assert follower.follow(DEPLOYMENT) == 1
    told = capsys.readouterr().err
    assert "d-ONE failed: http failed: GET / answered 500 (31 ms)" in told.splitlines()[-2]
    assert "/health" not in told


def test_tasks_that_stop_for_one_reason_are_told_once(
    follower: Follower,
    followed: Any,
    capsys: pytest.CaptureFixture[str],
    record: Any,
) -> None:
    stops = [(f"Task {n} stopped: exited with code 1", Kind.TASK_STOPPED, ()) for n in range(9)]
    followed(record("Failed"), *stops)
    follower.follow(DEPLOYMENT)
    told = capsys.readouterr().err
    assert told.count("exited with code 1") == 1
    assert "slipway logs storefront -e prod" in told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whatever_stops_the_command_leaves_the_release_and_says_so(
    follower: Follower,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    reports: Any,
    number: int,
) -> None:
    handler = signal.getsignal(number)

    def watch(*_: Any, seen: Any, **__: Any) -> Any:
        seen(look_at("InProgress"))
        yield os.kill(os.getpid(), number)

    monkeypatch.setattr(following, "watch", watch)
    assert follower.follow(DEPLOYMENT) == 128 + number
    assert (
        "d-ONE goes on without us: follow it with slipway watch storefront -e prod, or end it with "
        "slipway stop storefront -e prod\n"
    ) in capsys.readouterr().err
    assert signal.getsignal(number) == handler
    assert reports()["d-ONE"]["outcome"] == "left"


def test_a_closed_terminal_is_no_reason_to_fail(
    follower: Follower,
    followed: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    record: Any,
) -> None:
    def gone(*_: Any) -> None:
        raise OSError(5, "Input/output error")

    followed(record("InProgress"))
    monkeypatch.setattr(sys.stderr, "write", gone)
    assert follower.follow(DEPLOYMENT) == 0
    assert capsys.readouterr().out == "d-ONE\n"


def test_what_was_stopped_is_followed_to_the_way_back(
    follower: Follower,
    followed: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    reports: Any,
    record: Any,
) -> None:
    followed(record("Stopped", error_message="Somebody stopped it.", rollback_id="d-BACK"))
    live = SimpleNamespace(revision="arn/shop-prod-storefront:6")
    group = TargetGroup(
        colour="blue",
        name="storefront-blue",
        arn="arn",
        traffic_percent=100.0,
        is_live=True,
        in_release=None,
    )
    now = SimpleNamespace(live=live, target_groups=(group,), running=None)
    monkeypatch.setattr(following, "status", lambda *_: now)
    assert follower.follow_to_the_way_back(DEPLOYMENT) == 0
    told = capsys.readouterr().err
    assert "Deployment d-BACK of storefront" in told
    assert told.endswith(":6; traffic: 100 % to target group blue, live\n")
    report = reports()["d-ONE"]
    assert report["outcome"] == "stopped"
    assert report["reason"] == "Somebody stopped it."
    assert [each["id"] for each in report["deployments"]] == ["d-ONE", "d-BACK"]


def test_a_release_leaves_a_report_and_says_where(
    follower: Follower,
    followed: Any,
    capsys: pytest.CaptureFixture[str],
    reports: Any,
    record: Any,
) -> None:
    followed(record("InProgress"))
    follower.follow(DEPLOYMENT, until=Until.SHIFTED)
    page = follower.reports / "storefront-prod-d-ONE.html"
    assert f"Report: {page}" in capsys.readouterr().err
    report = reports()["d-ONE"]
    assert report["outcome"] == "live"
    assert report["revision"] == "shop-prod-storefront:7"
    assert [each["text"] for each in report["told"]] == ["AllowTraffic begins"]


def test_a_release_that_nobody_can_watch_any_more_leaves_what_was_seen(
    follower: Follower, monkeypatch: pytest.MonkeyPatch, reports: Any
) -> None:
    def watch(*_: Any, seen: Any, **__: Any) -> Any:
        seen(look_at("InProgress"))
        raise AwsError("Lost sight of the deployment d-ONE")
        yield

    monkeypatch.setattr(following, "watch", watch)
    with pytest.raises(AwsError):
        follower.follow(DEPLOYMENT)
    assert reports()["d-ONE"]["outcome"] == "left"


def test_a_report_that_cannot_be_written_is_no_reason_to_fail(
    follower: Follower,
    followed: Any,
    capsys: pytest.CaptureFixture[str],
    record: Any,
) -> None:
    follower.reports.write_text("in the way")
    followed(record("InProgress"))
    assert follower.follow(DEPLOYMENT) == 0
    assert f"No report could be left in {follower.reports}" in capsys.readouterr().err


def test_metrics_come_as_often_as_the_load_balancer_publishes_them(tmp_path: Path) -> None:
    aws: Any = None
    minute = timedelta(minutes=1)
    assert Follower.of(aws, tmp_path, "prod").pace.metrics == minute
    assert Follower.of(aws, tmp_path, "local").pace.metrics < minute
