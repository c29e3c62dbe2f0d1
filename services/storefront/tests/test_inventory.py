"""The home page beside an inventory that answers, dawdles, stumbles, is down and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from starlette.testclient import TestClient
from storefront import inventory
from storefront.app import create_app
from storefront.settings import Settings

STOCK = {"version": "1", "stock": {"mug": 30}}
ANSWER = b'{"version": "1", "revision": "shop-test-inventory:3", "stock": {"mug": 30}}'

Behaviour = Callable[[BaseHTTPRequestHandler], object]
Stock = Callable[[], object]


def answer(body: bytes, status: int = 200) -> Behaviour:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def trickle(handler: BaseHTTPRequestHandler) -> None:
    """Answer right, and never so slowly that a single read would time out."""
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(20):
            handler.wfile.write(b" ")
            time.sleep(0.02)
        handler.wfile.write(ANSWER)


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


class FakeInventory:
    """Behaves, on one loopback port: each request as the next of `behaviours`, or as an answer."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.behaviours: list[Behaviour] = []
        self.requests = 0
        self.connections: list[socket.socket] = []
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                fake.connections.append(self.connection)

            def do_GET(self) -> None:
                assert self.path == "/stock"
                fake.requests += 1
                behave = fake.behaviours.pop(0) if fake.behaviours else answer(ANSWER)
                behave(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.socket.close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def fake() -> Iterator[FakeInventory]:
    fake = FakeInventory()
    yield fake
    fake.stop()


@pytest.fixture
def stock(fake: FakeInventory) -> Iterator[Stock]:
    """Ask for the home page, which must be there, and return the inventory in it."""
    settings = Settings(session_key="of the tests", inventory_url=f"http://127.0.0.1:{fake.port}")
    app = create_app(settings, revision="unknown", draining=asyncio.Event())
    # Entered, the client keeps one event loop, and the storefront its connections.
    with TestClient(app) as client:

        def stock() -> object:
            response = client.get("/")
            assert response.status_code == 200
            assert response.json()["message"] == "Welcome"
            return response.json()["inventory"]

        yield stock


def test_the_stock_is_on_the_home_page(fake: FakeInventory, stock: Stock) -> None:
    fake.start()
    assert stock() == STOCK


def test_requests_share_a_connection(fake: FakeInventory, stock: Stock) -> None:
    fake.start()
    assert [stock(), stock(), stock()] == [STOCK] * 3
    assert len(fake.connections) == 1


def test_the_shop_is_open_while_the_inventory_is_down_and_shows_it_again_once_it_is_up(
    fake: FakeInventory, stock: Stock
) -> None:
    assert stock() is None
    fake.start()
    assert stock() == STOCK
    fake.stop()
    assert stock() is None
    fake.start()
    assert stock() == STOCK


def test_the_shop_does_not_wait_for_an_inventory_that_trickles(
    fake: FakeInventory, stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "TIMEOUT", timedelta(seconds=0.05))
    fake.behaviours = [trickle]
    fake.start()
    assert stock() is None
    monkeypatch.undo()
    assert stock() == STOCK


@pytest.mark.parametrize("answers_before", [0, 1], ids=["new connection", "kept connection"])
def test_a_connection_cut_before_the_answer_is_tried_once_more(
    fake: FakeInventory, stock: Stock, answers_before: int
) -> None:
    fake.behaviours = [answer(ANSWER)] * answers_before + [hang_up]
    fake.start()
    assert [stock() for _ in range(answers_before + 1)] == [STOCK] * (answers_before + 1)
    assert fake.requests == answers_before + 2


def test_two_cut_connections_are_enough(fake: FakeInventory, stock: Stock) -> None:
    fake.behaviours = [hang_up] * 2
    fake.start()
    assert stock() is None
    assert fake.requests == 2


@pytest.mark.parametrize(
    "behaviour", [answer(ANSWER, 503), answer(b"<html>"), answer(b"{}"), answer(b"[]")]
)
def test_a_useless_answer_is_none_and_final(
    fake: FakeInventory, stock: Stock, behaviour: Behaviour
) -> None:
    fake.behaviours = [behaviour]
    fake.start()
    assert stock() is None
    assert fake.requests == 1


def test_an_inventory_that_keeps_failing_is_left_in_peace(
    fake: FakeInventory, stock: Stock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    fake.behaviours = [answer(b"", 500)] * 100
    fake.start()
    assert [stock() for _ in range(10)] == [None] * 10
    assert fake.requests == inventory.FAILURES_IN_A_ROW
    assert [record.name for record in caplog.records] == ["storefront.circuit_breaker"]


def test_an_inventory_that_fails_now_and_then_is_asked_each_time(
    fake: FakeInventory, stock: Stock
) -> None:
    almost = [answer(b"", 500)] * (inventory.FAILURES_IN_A_ROW - 1)
    fake.behaviours = [*almost, answer(ANSWER), *almost, answer(ANSWER)]
    fake.start()
    answers = [stock() for _ in range(len(fake.behaviours))]
    assert [each for each in answers if each] == [STOCK, STOCK]
