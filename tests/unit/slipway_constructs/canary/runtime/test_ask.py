"""The canary's script, against a server that really answers."""

import importlib.util
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[5]
SCRIPT = ROOT / "constructs/slipway_constructs/canary/runtime/python/ask.py"


class Service(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = int(self.path.strip("/") or 200)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(b"Welcome to the shop")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Any:
    specification = importlib.util.spec_from_file_location("ask", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)

    def run(url: str, body: str | None = None) -> str:
        monkeypatch.setenv("URL", url)
        monkeypatch.setenv("TIMEOUT_SECONDS", "5.0")
        monkeypatch.delenv("EXPECTED_BODY", raising=False)
        if body is not None:
            monkeypatch.setenv("EXPECTED_BODY", body)
        answer: str = script.handler({}, None)
        return answer

    return run


def test_an_answer_as_promised_is_a_success(ask: Any, service: str) -> None:
    assert ask(service, "Welcome") == f"{service} answered as promised"
    assert ask(service) == f"{service} answered as promised"


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/", "Goodbye", "answered without 'Goodbye'"),
        ("/503", None, "answered 503"),
        ("/204", None, "answered 204"),
    ],
)
def test_any_other_answer_is_told_in_a_sentence(
    ask: Any, service: str, path: str, body: str | None, told: str
) -> None:
    with pytest.raises(Exception, match=told) as failed:
        ask(f"{service}{path}", body)
    assert type(failed.value).__name__ == "NotAsPromisedError"


def test_nobody_there_is_told_too(ask: Any) -> None:
    with pytest.raises(Exception, match=r"did not answer: .*refused"):
        ask("http://127.0.0.1:9")


def test_the_script_is_where_its_runtime_looks_for_it() -> None:
    """Synthetics puts the folder python of the package on the path."""
    assert SCRIPT.parent.name == "python"
    assert "def handler(" in SCRIPT.read_text()
