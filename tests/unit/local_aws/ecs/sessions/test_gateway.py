"""Sessions leave nothing open, however they end, or don't begin."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any, cast

import pytest

from slipway.channel import EXIT, OPEN, Channel
from slipway.local_aws.ecs.sessions.gateway import Gateway
from slipway.local_aws.ecs.sessions.session import Session
from slipway.local_aws.tasks import NotRunningError, Task


class TaskWithoutProcesses:
    """A task in which nothing can be started."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def join(self, command: list[str], **options: Any) -> None:
        raise self._error


def session(error: Exception) -> Session:
    return Session(cast(Task, TaskWithoutProcesses(error)), ["sh"], None)


def descriptors() -> set[str]:
    """What this process has open, and the listing itself."""
    return {each.name for each in Path("/dev/fd").iterdir()}


@pytest.fixture
def channels() -> Any:
    """Both ends of a channel: the client's, and that of the local AWS."""
    ends = [Channel(each) for each in socket.socketpair()]
    yield ends
    for each in ends:
        each.close()


def test_a_gateway_that_is_closed_waits_for_nobody() -> None:
    gateway, before = Gateway(), set(threading.enumerate())
    promised = gateway.expect(session(NotRunningError()))
    host, port = promised["streamUrl"].removeprefix("local-session://").split("/")[0].split(":")
    (taking,) = set(threading.enumerate()) - before
    gateway.close()
    taking.join(30)
    assert not taking.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))


@pytest.mark.parametrize("terminal", [None, {"rows": 24, "columns": 80}])
@pytest.mark.parametrize("error", [NotRunningError("a task"), OSError("no such folder")])
def test_a_command_that_never_starts_leaves_nothing_open(
    channels: list[Channel], terminal: dict[str, Any] | None, error: Exception
) -> None:
    client, ours = channels
    before = descriptors()
    try:
        session(error).serve(ours, terminal)
    except OSError as raised:
        assert raised is error
    else:
        answer = client.receive()
        assert answer is not None
        assert (answer.kind, answer.content) == (EXIT, b"137")
    assert descriptors() <= before


@pytest.mark.parametrize("terminal", [["rows"], {"rows": "many"}, {"rows": [24]}])
def test_a_window_without_a_size_opens_no_terminal(channels: list[Channel], terminal: Any) -> None:
    before = descriptors()
    with pytest.raises(ValueError, match=r"expected|invalid literal"):
        session(NotRunningError()).serve(channels[1], terminal)
    assert descriptors() <= before


def test_who_comes_with_a_wrong_token_is_let_go(channels: list[Channel]) -> None:
    gateway = Gateway()
    promised = gateway.expect(session(NotRunningError()))
    host, port = promised["streamUrl"].removeprefix("local-session://").split("/")[0].split(":")
    client = Channel(socket.create_connection((host, int(port)), timeout=30))
    client.send(OPEN, {"session": promised["sessionId"], "token": "another one", "terminal": None})
    assert client.receive() is None
    client.close()
    gateway.close()
