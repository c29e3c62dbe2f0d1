from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from storefront.task_metadata import read_revision


@pytest.fixture
def metadata_endpoint() -> Iterator[Callable[[bytes], str]]:
    """Serve this body at the path `/v4/abc/task`, and return the address to give to a task."""
    servers: list[ThreadingHTTPServer] = []

    def serve(body: bytes) -> str:
        class Endpoint(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if self.path == "/v4/abc/task" else 404)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/v4/abc"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_revision_is_family_and_number(metadata_endpoint: Callable[[bytes], str]) -> None:
    address = metadata_endpoint(b'{"Family": "shop-test-storefront", "Revision": "7"}')
    assert read_revision(address) == "shop-test-storefront:7"


def test_outside_of_a_task_the_revision_is_unknown(caplog: pytest.LogCaptureFixture) -> None:
    assert read_revision(None) == "unknown"
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[]"])
def test_metadata_that_says_nothing_useful_is_a_warning_not_a_crash(
    metadata_endpoint: Callable[[bytes], str], caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    assert read_revision(metadata_endpoint(body)) == "unknown"
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "not an address"])
def test_metadata_out_of_reach_is_a_warning_not_a_crash(
    caplog: pytest.LogCaptureFixture, address: str
) -> None:
    assert read_revision(address) == "unknown"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
