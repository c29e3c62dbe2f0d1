import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


@pytest.fixture
def load(
    lambda_source: Callable[[str], Callable[[str], ModuleType]], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], ModuleType]:
    """Import a module of the hooks' runtime, where nothing waits long."""
    load = lambda_source("blue_green/runtime")
    monkeypatch.setattr(load("checks.waiting"), "POLL_INTERVAL", timedelta(milliseconds=1))
    return load


@pytest.fixture
def green(load: Callable[[str], ModuleType]) -> Callable[..., Any]:
    """Make a Green like storefront's, with what a test changes."""

    def make(**changes: Any) -> Any:
        facts = {
            "images": (),
            "desired_count": 2,
            "target_group_arn": "arn:target-group/green",
            "replaces": None,
            "addresses": ("127.0.0.1",),
        }
        facts |= {name: changes.pop(name) for name in facts.keys() & changes.keys()}
        return load("checks.green").Green(
            **{
                "revision": "shop-local-storefront:7",
                "host": "storefront.example.com",
                "port": 9000,
                "production_port": 443,
                "protocol": "HTTP",
                "alarms": (),
                "facts": SimpleNamespace(**facts),
            }
            | changes
        )

    return make


class Paginated:
    """A paginator over answers that are given beforehand."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = pages
        self.asked: dict[str, Any] = {}

    def get_paginator(self, _operation: str) -> "Paginated":
        return self

    def paginate(self, **parameters: Any) -> tuple[dict[str, Any], ...]:
        self.asked = parameters
        return self.pages


@pytest.fixture
def paginated() -> type[Paginated]:
    return Paginated


class Server:
    """An HTTP server that answers as a test says, and remembers what it was asked."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], str]] = {}
        self.sequence: list[tuple[int, dict[str, str], str]] = []
        self.requests: list[tuple[str, str, str | None]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.requests.append((self.command, self.path, self.headers["Host"]))
                status, headers, body = (
                    server.sequence.pop(0)
                    if server.sequence
                    else server.answers.get(self.path, (404, {}, ""))
                )
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_arguments: Any) -> None:
                pass

        class QuietServer(ThreadingHTTPServer):
            def handle_error(self, *_arguments: Any) -> None:
                """Clients that refuse the certificate are what some tests are about."""

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_port
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def server_class() -> type[Server]:
    return Server


@pytest.fixture
def failure(load: Callable[[str], ModuleType]) -> type[Exception]:
    exception: type[Exception] = load("checks.green").CheckFailed
    return exception
