"""What following a deployment tells, and its exit code."""

import json
import os
import signal
import sys
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from slipway.cli import release as verbs
from slipway.release import Deployment, DeploymentRecord, Kind, ReleaseError, Target

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DEPLOYMENT: Any = Deployment(
    id="d-ONE", target=SimpleNamespace(service="storefront", revision="arn/shop-prod-storefront:7")
)

OUTPUTS = {
    "Cluster": "shop-prod",
    "Service": "storefront",
    "Revision": "arn/shop-prod-storefront:7",
    "Application": "shop-prod-storefront",
    "DeploymentGroup": "storefront",
    "Address": "shop.eu-west-1.elb.amazonaws.com",
    "Port": "443",
    "TestPort": "9000",
    "Alarms": "",
    "ReleaseInputs": json.dumps(
        {
            "container": "storefront",
            "port": 8080,
            "network": {"subnets": [], "securityGroups": [], "assignPublicIp": "DISABLED"},
            "capacityProviderStrategy": [],
            "logGroup": "/shop/prod/storefront",
            "scaling": {"maximum": 6, "headroomPercent": 25},
        }
    ),
}


def record(status: str, **more: Any) -> DeploymentRecord:
    known = {
        "id": "d-ONE",
        "status": status,
        "created": NOON,
        "completed": None,
        "creator": "user",
        "description": "",
        "revision": "shop-prod-storefront:7",
        "error_code": None,
        "error_message": None,
        "rollback_id": None,
    }
    return DeploymentRecord(**{**known, **more})


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let a deployment end in a given way."""

    def ending(ended: DeploymentRecord, *progress: tuple[str, Kind, tuple[str, ...]]) -> None:
        told = [
            SimpleNamespace(time=NOON, message=message, kind=kind, details=details)
            for message, kind, details in progress or [("AllowTraffic begins", Kind.LIFECYCLE, ())]
        ]
        monkeypatch.setattr(verbs, "watch", lambda *_, **__: iter(told))
        monkeypatch.setattr(verbs, "result", lambda *_: ended)

    return ending


def test_a_release_that_is_live_ends_well_and_leaves_its_id_for_programs(
    followed: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    followed(record("InProgress"))
    assert verbs.follow(DEPLOYMENT, DEPLOYMENT) == 0
    told = capsys.readouterr()
    assert told.out == "d-ONE\n"
    local = NOON.astimezone().strftime("%H:%M:%S")
    assert f"{local}  AllowTraffic begins\n" in told.err


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_a_release_that_failed_says_why_and_what_rolled_it_back(
    followed: Any, capsys: pytest.CaptureFixture[str], status: str
) -> None:
    followed(record(status, error_message="A hook said no.", rollback_id="d-BACK"))
    assert verbs.follow(DEPLOYMENT, DEPLOYMENT) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert f"d-ONE {status.lower()}: A hook said no. The rollback is d-BACK." in told.err


def test_what_a_check_found_is_the_reason_and_what_passed_is_left_out(
    followed: Any, capsys: pytest.CaptureFixture[str]
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
    assert verbs.follow(DEPLOYMENT, DEPLOYMENT) == 1
    told = capsys.readouterr().err
    assert "d-ONE failed: http failed: GET / answered 500 (31 ms)" in told.splitlines()[-1]
    assert "/health" not in told


def test_tasks_that_stop_for_one_reason_are_told_once(
    followed: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    stops = [(f"Task {n} stopped: exited with code 1", Kind.TASK_STOPPED, ()) for n in range(9)]
    followed(record("Failed"), *stops)
    verbs.follow(DEPLOYMENT, DEPLOYMENT)
    told = capsys.readouterr().err
    assert told.count("exited with code 1") == 1
    assert "slipway logs" in told


def test_there_must_be_a_deployment_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbs, "running", lambda *_: None)
    with pytest.raises(ReleaseError, match="No deployment of storefront runs"):
        verbs.stop(DEPLOYMENT, DEPLOYMENT.target, rollback=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whatever_stops_the_command_leaves_the_release_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    handler = signal.getsignal(number)
    monkeypatch.setattr(verbs, "watch", lambda *_, **__: iter([os.kill(os.getpid(), number)]))
    assert verbs.follow(DEPLOYMENT, DEPLOYMENT) == 128 + number
    assert "d-ONE goes on without us: follow it with slipway watch" in capsys.readouterr().err
    assert signal.getsignal(number) == handler


def test_a_closed_terminal_is_no_reason_to_fail(
    followed: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def gone(*_: Any) -> None:
        raise OSError(5, "Input/output error")

    followed(record("InProgress"))
    monkeypatch.setattr(sys.stderr, "write", gone)
    assert verbs.follow(DEPLOYMENT, DEPLOYMENT) == 0
    assert capsys.readouterr().out == "d-ONE\n"


def test_stopping_follows_the_way_back_and_says_what_is_live(
    followed: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    followed(record("Stopped", rollback_id="d-BACK"))
    target = Target.from_outputs(OUTPUTS)
    live = SimpleNamespace(revision="arn/shop-prod-storefront:6")
    now = SimpleNamespace(live=live, weights={"blue": 100.0})
    monkeypatch.setattr(verbs, "look", lambda *_: now)
    monkeypatch.setattr(verbs, "running", lambda *_: record("InProgress"))
    stopped: list[Any] = []
    monkeypatch.setattr(
        verbs, "stop_deployment", lambda _, deployment, **how: stopped.append((deployment.id, how))
    )
    assert verbs.stop(DEPLOYMENT, target, rollback=True) == 0
    assert stopped == [("d-ONE", {"rollback": True})]
    told = capsys.readouterr().err
    assert "Deployment d-BACK of storefront" in told
    assert told.endswith("Live is shop-prod-storefront:6; traffic: 100 % to blue\n")
