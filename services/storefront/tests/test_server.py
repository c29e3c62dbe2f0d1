"""The service as a real process: start, SIGTERM, exit."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SERVICE = Path(__file__).parent.parent
SECRET = "of the tests"  # pragma: allowlist secret: made up

Start = Callable[..., Any]


def connect(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=30)


def get(connection: http.client.HTTPConnection, path: str) -> http.client.HTTPResponse:
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    return response


def test_requests_sent_after_sigterm_are_answered_and_the_exit_code_is_0(start: Start) -> None:
    storefront = start("-m", "storefront", SESSION_KEY=SECRET, DRAIN_SECONDS="60")
    port = storefront.wait_for("listening")["port"]
    held_open = connect(port)
    assert get(held_open, "/").status == 200

    storefront.terminate()
    storefront.wait_for("draining")
    assert_answered_and_closed(held_open)
    # Long enough for a server that doesn't wait to have stopped.
    for _ in range(20):
        assert_answered_and_closed(connect(port))
        time.sleep(0.02)

    storefront.interrupt()  # skips the rest of the drain
    assert storefront.rest_of_log()[-1]["message"] == "stopped"
    assert storefront.exit_code() == 0


def assert_answered_and_closed(connection: http.client.HTTPConnection) -> None:
    response = get(connection, "/")
    assert response.status == 200
    assert response.headers["connection"] == "close"


def test_the_process_ends_by_itself_when_the_drain_is_over(start: Start) -> None:
    storefront = start("-m", "storefront", SESSION_KEY=SECRET, DRAIN_SECONDS="0.1")
    port = storefront.wait_for("listening")["port"]
    idle = connect(port)
    assert get(idle, "/").status == 200
    storefront.terminate()
    assert storefront.exit_code() == 0


def test_a_request_in_flight_outlives_the_drain(start: Start) -> None:
    storefront = start("tests/slow_storefront.py", SESSION_KEY=SECRET, DRAIN_SECONDS="0")
    port = storefront.wait_for("listening")["port"]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(
            b"POST /order HTTP/1.1\r\nHost: shop\r\n"
            b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\n"
        )
        # The handler is waiting for the body from here on.
        assert client.recv(4096).startswith(b"HTTP/1.1 100 ")
        storefront.terminate()
        storefront.wait_for("draining")
        wait_until_refused(port)
        client.sendall(b"book")
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"book")
    assert storefront.exit_code() == 0


def wait_until_refused(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=30).close()
        except ConnectionError:  # refused, or reset by a listener that is just closing
            return
        time.sleep(0.02)


def test_without_its_secret_it_says_so_in_one_line_and_exits_with_1(start: Start) -> None:
    storefront = start("-m", "storefront")
    [line] = storefront.rest_of_log()
    assert line["level"] == "error"
    assert "SESSION_KEY" in line["message"]
    assert storefront.exit_code() == 1


def test_the_log_is_ours_alone_and_never_holds_the_secret(start: Start) -> None:
    # Anything that answers will do: the client would log its requests otherwise.
    inventory = start("-m", "storefront", SESSION_KEY=SECRET).wait_for("listening")["port"]
    storefront = start(
        *("-m", "storefront"),
        SESSION_KEY=SECRET,
        DRAIN_SECONDS="0",
        INVENTORY_URL=f"http://127.0.0.1:{inventory}",
    )
    port = storefront.wait_for("listening")["port"]
    for path in ("/", "/health", "/version"):
        get(connect(port), path)
    storefront.terminate()
    log = storefront.rest_of_log()
    assert [line.get("path", line["message"]) for line in log] == [
        "/",
        "/version",
        "draining",
        "stopped",
    ]
    assert SECRET not in str(log)


def test_the_health_check_of_the_image_tells_a_served_port_from_a_dead_one(start: Start) -> None:
    storefront = start("-m", "storefront", SESSION_KEY=SECRET, DRAIN_SECONDS="0")
    port = storefront.wait_for("listening")["port"]
    assert health_check(port) == 0
    storefront.terminate()
    assert storefront.exit_code() == 0
    assert health_check(port) == 1


def health_check(port: int) -> int:
    command = [sys.executable, "-m", "storefront.health"]
    return subprocess.run(
        command, cwd=SERVICE, env={"PORT": str(port)}, check=False, stderr=subprocess.DEVNULL
    ).returncode
