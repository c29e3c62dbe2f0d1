"""What answers behind the rules, and who asks."""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from rules.synthesis import PORT, TEST_PORT


class Asked(Protocol):
    """What can be asked at a port: the status and the text of its answer."""

    def get(self, port: int = PORT) -> tuple[int, str]: ...


class Backend:
    """A server that answers with its name."""

    def __init__(self, name: str, address: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(name)))
                self.end_headers()
                self.wfile.write(name.encode())

            def log_message(self, *_arguments: Any) -> None:
                pass

        self.name, self.address = name, address
        self._server = ThreadingHTTPServer((address, 8080), Handler)
        self._server.daemon_threads = True
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Answers:
    """What became of the requests to one listener."""

    by: dict[str, int] = field(default_factory=dict)
    """Backend: its answers."""
    failures: list[str] = field(default_factory=list)


class Traffic:
    """Requests one after another to both listeners, for as long as the block lasts."""

    def __init__(self, stack: Asked) -> None:
        self._stack = stack
        self._stopped = threading.Event()
        self.answers = {PORT: Answers(), TEST_PORT: Answers()}
        self._threads = [
            threading.Thread(target=self._send, args=[port], daemon=True)
            for port in (PORT, PORT, TEST_PORT)
        ]

    def __enter__(self) -> Traffic:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    @property
    def failures(self) -> list[str]:
        return [failure for answers in self.answers.values() for failure in answers.failures]

    @property
    def requests(self) -> int:
        return sum(sum(answers.by.values()) for answers in self.answers.values())

    def _send(self, port: int) -> None:
        answers = self.answers[port]
        while not self._stopped.is_set():
            try:
                status, body = self._stack.get(port)
            except (OSError, http.client.HTTPException) as error:
                answers.failures.append(f"{port}: {error!r}")
            else:
                if status == 200:
                    answers.by[body] = answers.by.get(body, 0) + 1
                else:
                    answers.failures.append(f"{port}: {status}")
            time.sleep(0.01)
