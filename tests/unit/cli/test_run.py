"""What ``slipway run`` says of a task that it can't follow to its end."""

import os
import re
import signal
from types import SimpleNamespace
from typing import Any

import pytest

from slipway.cli import run as running
from slipway.cli.run import Wishes
from slipway.operations import one_off
from slipway.operations.one_off import OneOffError, Size
from slipway.release.errors import CredentialsError

TARGET: Any = SimpleNamespace(service="storefront", revision="arn/shop-prod-storefront:7")
STARTED: Any = SimpleNamespace(
    id="0123abcd",
    command=("migrate",),
    target=SimpleNamespace(command=lambda verb: f"slipway {verb} storefront --local"),
)
WISHES = Wishes(wanted=True, detach=False, timeout=None, size=Size(), as_json=False)


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let a task start; the reasons for which it is stopped are noted."""
    reasons: list[str] = []

    def stop(_: Any, __: Any, *, reason: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        reasons.append(reason)

    monkeypatch.setattr(one_off, "start", lambda *_, **__: STARTED)
    monkeypatch.setattr(one_off, "stop", stop)
    return reasons


def following(monkeypatch: pytest.MonkeyPatch, happens: Any) -> None:
    def follow(*_: Any) -> Any:
        yield happens()

    monkeypatch.setattr(running, "follow", follow)


def test_who_can_not_follow_any_more_is_told_that_the_task_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ended: list[str]
) -> None:
    def expired() -> None:
        raise CredentialsError("Cannot read the task: expired. Sign in again.")

    following(monkeypatch, expired)
    with pytest.raises(CredentialsError):
        running.run(SimpleNamespace(), TARGET, ["migrate"], WISHES)  # type: ignore[arg-type]
    told = "Task 0123abcd goes on by itself; slipway logs storefront --local has what it writes"
    assert told in capsys.readouterr().err
    assert not ended


def test_a_second_ctrl_c_does_not_leave_the_task_behind(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ended: list[str]
) -> None:
    following(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        running.run(SimpleNamespace(), TARGET, ["migrate"], WISHES)  # type: ignore[arg-type]
    assert [reason.partition(" ")[2] for reason in ended] == ["has stopped slipway run (SIGINT)"]
    assert "Task 0123abcd is being stopped" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (
            "TaskFailedToStart: RESOURCE:CPU",
            "never ran migrate: TaskFailedToStart: RESOURCE:CPU. Ask for less with --cpu",
        ),
        ("no such secret", "never ran migrate: no such secret. Mend that, and run it again"),
    ],
)
def test_what_never_ran_is_told_with_what_helps(
    monkeypatch: pytest.MonkeyPatch, ended: list[str], reason: str, told: str
) -> None:
    never: Any = SimpleNamespace(
        task="0123abcd", command=("migrate",), exit_code=None, reason=reason
    )
    monkeypatch.setattr(running, "follow", lambda *_: iter(()))
    monkeypatch.setattr(one_off, "describe", lambda *_: {})
    monkeypatch.setattr(one_off, "told", lambda *_: never)
    with pytest.raises(OneOffError, match=re.escape(told)):
        running.run(SimpleNamespace(), TARGET, ["migrate"], WISHES)  # type: ignore[arg-type]
    assert not ended
