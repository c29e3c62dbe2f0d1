"""The load against a real server, from its real process."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.load import Load
from waiting import PATIENCE_SECONDS, eventually


class Server(ThreadingHTTPServer):
    """Answers as a task does, and remembers who asked."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked = 0
        self.connections = 0
        self.answering = threading.Event()
        self.answering.set()
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was ended has nothing to say."""

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.asked += 1
        self.server.answering.wait(PATIENCE_SECONDS)
        body = b'{"version": "1", "revision": "storefront:7"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-task-revision", "storefront:7")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server
        server.answering.set()
        server.shutdown()


def test_every_request_is_recorded_with_the_version_that_answered(
    server: Server, tmp_path: Path
) -> None:
    with Load(server.url, tmp_path / "answers.jsonl", rate=300) as load:
        eventually(lambda: load.snapshot().requests >= 60, "sixty answers")
        assert load.snapshot().share == {"1": 1.0}
        traffic = load.stop()
    assert traffic.failed == 0
    assert traffic.requests == server.asked
    assert traffic.versions == {"1": server.asked}


def test_service_is_reached_by_its_name_over_tls_wherever_it_is(
    server: Server, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("storefront.shop.example.com").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    port = server.server_address[1]
    for name, failed in (("storefront.shop.example.com", False), ("other.example.com", True)):
        with Load(
            f"https://{name}:{port}",
            tmp_path / f"{name}.jsonl",
            rate=100,
            address="127.0.0.1",
            certificate_authority=tmp_path / "authority.pem",
        ) as load:
            eventually(lambda load=load: load.snapshot().requests >= 10, "ten answers")  # type: ignore[misc]
            traffic = load.stop()
        assert traffic.failed == (traffic.requests if failed else 0), traffic.failures[:1]


def test_clients_keep_their_connections(server: Server, tmp_path: Path) -> None:
    # At a rate at which even a machine that stands still for a second has few of them due at once.
    with Load(server.url, tmp_path / "answers.jsonl", rate=40) as load:
        eventually(lambda: server.asked >= 150, "150 requests")
        load.stop()
    assert server.connections <= 60


def test_stop_waits_for_requests_under_way(server: Server, tmp_path: Path) -> None:
    server.answering.clear()
    with Load(server.url, tmp_path / "answers.jsonl") as load:
        eventually(lambda: server.asked > 0, "a request")
        threading.Timer(0.05, server.answering.set).start()
        traffic = load.stop()
    assert traffic.requests == server.asked
    assert traffic.failed == 0


def test_rate_is_constant_although_nobody_answers(server: Server, tmp_path: Path) -> None:
    server.answering.clear()
    with Load(server.url, tmp_path / "answers.jsonl", rate=300):
        eventually(lambda: server.asked >= 30, "thirty requests")


def test_refused_connections_are_failures_with_their_reason(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with Load(url, tmp_path / "answers.jsonl", rate=300) as load:
            eventually(lambda: load.snapshot().failed >= 3, "three failures")
            traffic = load.stop()
    assert traffic.requests == traffic.failed
    assert traffic.failures[0].error is not None
    assert traffic.failures[0].error.startswith("ClientConnectorError")


def test_load_that_ended_by_itself_is_told(server: Server, tmp_path: Path) -> None:
    load = Load(server.url, tmp_path / "answers.jsonl")
    with load:
        load.kill()
        with pytest.raises(RehearsalError, match="ended early"):
            load.snapshot()


def test_load_that_did_not_end_in_order_proves_nothing(server: Server, tmp_path: Path) -> None:
    with Load(server.url, tmp_path / "answers.jsonl") as load:
        eventually(lambda: server.asked > 0, "a request")
        assert load.pid is not None
        os.kill(load.pid, signal.SIGKILL)
        with pytest.raises(RehearsalError, match="did not end in order"):
            load.stop()


def test_load_ends_with_its_owner(server: Server, tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "import sys, time; from pathlib import Path; from slipway.rehearsal.load import Load"
            "\nload = Load(sys.argv[1], Path(sys.argv[2])); load.start(); "
            "print(load.pid, flush=True); time.sleep(900)",
            *(server.url, str(tmp_path / "answers.jsonl")),
        ],
        stdout=subprocess.PIPE,
    )
    with owner:
        eventually(lambda: server.asked > 0, "a request")
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        owner.kill()
    eventually(lambda: ended(pid), "the end of the load")


def ended(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    # Where nobody collects orphans, the dead remain as zombies.
    return state.rpartition(")")[2].split()[0] == "Z"


def test_interrupt_from_the_terminal_leaves_the_end_to_the_owner(
    server: Server, tmp_path: Path
) -> None:
    with Load(server.url, tmp_path / "answers.jsonl", rate=300) as load:
        eventually(lambda: server.asked > 0, "a request")
        assert load.pid is not None
        os.kill(load.pid, signal.SIGINT)
        asked = server.asked
        eventually(lambda: server.asked > asked + 30, "thirty more requests")
        assert load.stop().failed == 0
