"""The http check, against real servers."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import trustme

GREEN = "shop-local-storefront:7"
BLUE = "shop-local-storefront:6"


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

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
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
def http(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("checks.http")


@pytest.fixture
def check(http: ModuleType, green: Callable[..., Any], server: Server) -> Callable[..., str]:
    def run(*, revision: str = GREEN, deadline: float | None = None, **settings: Any) -> str:
        deadline = time.monotonic() + 60 if deadline is None else deadline
        target = green(port=server.port, revision=revision)
        result: str = http.check(target, {"path": "/"} | settings, deadline)
        return result

    return run


@pytest.fixture
def failure(load: Callable[[str], ModuleType]) -> type[Exception]:
    exception: type[Exception] = load("checks.green").CheckFailed
    return exception


def as_task(revision: str, body: str = "Welcome", status: int = 200) -> tuple[Any, ...]:
    return (status, {"x-task-revision": revision}, body)


def test_answer_as_expected_from_green_passes(check: Any, server: Server) -> None:
    server.answers["/"] = as_task(GREEN, "Welcome to the shop")
    check(body="Welcome", requests=5)
    assert len(server.requests) == 5


def test_request_carries_the_load_balancers_name_as_host(check: Any, server: Server) -> None:
    server.answers["/"] = as_task(GREEN)
    check()
    assert server.requests == [("GET", "/", f"storefront.example.com:{server.port}")]


def test_answer_from_blue_fails_however_good_it_is(
    check: Any, server: Server, failure: type[Exception]
) -> None:
    server.answers["/"] = as_task(BLUE)
    with pytest.raises(failure, match=f"came from revision {BLUE}, not from green {GREEN}"):
        check()


def test_answer_from_blue_among_the_counted_ones_fails(
    check: Any, server: Server, failure: type[Exception]
) -> None:
    server.sequence = [as_task(GREEN), as_task(GREEN), as_task(BLUE)]
    with pytest.raises(failure, match="not from green"):
        check(requests=3)


def test_without_header_the_version_document_proves_identity_before_and_after(
    check: Any, server: Server
) -> None:
    server.answers["/"] = (200, {}, "Welcome")
    server.answers["/version"] = (200, {}, json.dumps({"version": "2", "revision": GREEN}))
    check(requests=3)
    asked = [path for _, path, _ in server.requests]
    assert asked == ["/", "/version", "/", "/", "/version"]


def test_version_document_of_blue_fails(
    check: Any, server: Server, failure: type[Exception]
) -> None:
    server.answers["/"] = (200, {}, "Welcome")
    server.answers["/version"] = (200, {}, json.dumps({"revision": BLUE}))
    with pytest.raises(failure, match=f"GET /version came from revision {BLUE}"):
        check()


@pytest.mark.parametrize("document", ["", "not JSON", "[]", "{}", '{"revision": 7}'])
def test_answer_that_proves_no_identity_fails(
    check: Any, server: Server, failure: type[Exception], document: str
) -> None:
    server.answers["/"] = (200, {}, "Welcome")
    server.answers["/version"] = (200, {}, document)
    with pytest.raises(failure, match="names no revision"):
        check()


def test_other_status_fails_and_says_both(
    check: Any, server: Server, failure: type[Exception]
) -> None:
    server.answers["/"] = as_task(GREEN, status=500)
    with pytest.raises(failure, match="expected GET / to answer 200, but it answered 500"):
        check()


def test_status_and_method_can_be_chosen(check: Any, server: Server) -> None:
    server.answers["/orders"] = as_task(GREEN, status=405)
    check(path="/orders", method="POST", status=405)
    assert server.requests[0][0] == "POST"


def test_body_without_the_expected_text_fails_without_quoting_the_body(
    check: Any, server: Server, failure: type[Exception]
) -> None:
    server.answers["/"] = as_task(GREEN, "something private")
    with pytest.raises(failure, match="to contain 'Welcome'") as raised:
        check(body="Welcome")
    assert "private" not in str(raised.value)


@pytest.mark.parametrize(
    ("percentile", "slow_answers", "passes"), [(95, 1, True), (95, 2, False), (50, 10, True)]
)
def test_latency_is_judged_at_its_percentile(
    http: ModuleType,
    failure: type[Exception],
    percentile: float,
    slow_answers: int,
    passes: bool,
) -> None:
    latencies = [2.0] * slow_answers + [0.1] * (20 - slow_answers)
    if passes:
        http._compare_latency("GET /", latencies, percentile, 0.5)
    else:
        with pytest.raises(failure, match=r"95th percentile of GET / within 500 ms, .* 2000 ms"):
            http._compare_latency("GET /", latencies, percentile, 0.5)


def test_latency_above_the_threshold_fails_the_check(
    check: Any, server: Server, failure: type[Exception]
) -> None:
    server.answers["/"] = as_task(GREEN)
    with pytest.raises(failure, match="95th percentile"):
        check(latency={"percentile": 95.0, "threshold_seconds": 0.0})


def test_next_address_is_tried_when_the_first_refuses(
    http: ModuleType, green: Callable[..., Any], server: Server
) -> None:
    server.answers["/"] = as_task(GREEN)
    # Nothing listens on that loopback address.
    target = green(port=server.port, addresses=("127.0.0.2", "127.0.0.1"))
    http.check(target, {"path": "/"}, time.monotonic() + 60)


@pytest.mark.parametrize("addresses", [("127.0.0.2",), ()])
def test_no_answer_fails_and_names_where_it_was_asked(
    http: ModuleType,
    green: Callable[..., Any],
    server: Server,
    failure: type[Exception],
    addresses: tuple[str, ...],
) -> None:
    target = green(port=server.port, addresses=addresses)
    with pytest.raises(failure, match=r"expected an answer to GET / from storefront\.example\.com"):
        http.check(target, {"path": "/"}, time.monotonic() + 60)


def test_no_request_is_sent_after_the_deadline(
    check: Any, server: Server, failure: type[Exception]
) -> None:
    with pytest.raises(failure, match="time ran out"):
        check(deadline=time.monotonic() - 1)
    assert server.requests == []


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> trustme.CA:
    """An authority that this machine trusts, as Lambda's does those of public certificates."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "roots.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    return authority


@pytest.fixture
def tls_server() -> Iterator[Callable[[trustme.CA, str], Server]]:
    """Start servers with a certificate of an authority, for a name."""
    running: list[Server] = []

    def start(authority: trustme.CA, name: str) -> Server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        running.append(Server(context))
        running[-1].answers["/"] = as_task(GREEN)
        return running[-1]

    yield start
    for server in running:
        server.close()


def ask_with_tls(http: ModuleType, green: Callable[..., Any], server: Server) -> str:
    """Ask at an address for the name storefront.example.com."""
    target = green(port=server.port, protocol="HTTPS")
    answer: str = http.check(target, {"path": "/"}, time.monotonic() + 60)
    return answer


def test_tls_connects_to_an_address_and_asks_for_the_name(
    http: ModuleType, green: Any, authority: trustme.CA, tls_server: Any
) -> None:
    server = tls_server(authority, "*.example.com")
    ask_with_tls(http, green, server)
    assert server.requests == [("GET", "/", f"storefront.example.com:{server.port}")]


def test_a_certificate_for_another_name_fails(
    http: ModuleType, green: Any, authority: trustme.CA, tls_server: Any, failure: type[Exception]
) -> None:
    server = tls_server(authority, "storefront.example.org")
    with pytest.raises(failure, match=r"not valid for 'storefront\.example\.com'"):
        ask_with_tls(http, green, server)
    assert not server.requests


@pytest.mark.usefixtures("authority")
def test_a_certificate_that_no_trusted_authority_vouches_for_fails(
    http: ModuleType, green: Any, tls_server: Any, failure: type[Exception]
) -> None:
    server = tls_server(trustme.CA(), "storefront.example.com")
    with pytest.raises(failure, match="certificate verify failed"):
        ask_with_tls(http, green, server)
    assert not server.requests
