"""Elastic Load Balancing as a function reaches it: passed on, or refused."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class LoadBalancing:
    """Elastic Load Balancing as the function reaches it: passed on, or refused."""

    def __init__(self, endpoint: str) -> None:
        outer = self
        self.refuses_with: str | None = None
        self.refuses: Callable[[], bool] = lambda: False

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if outer.refuses():
                    code = outer.refuses_with
                    self._answer(
                        400,
                        f"<ErrorResponse><Error><Code>{code}</Code><Message>says {code}</Message>"
                        "</Error></ErrorResponse>".encode(),
                    )
                    return
                request = urllib.request.Request(endpoint, body, dict(self.headers))
                try:
                    with urllib.request.urlopen(request) as answer:
                        self._answer(answer.status, answer.read())
                except urllib.error.HTTPError as refusal:
                    self._answer(refusal.code, refusal.read())

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def refuse(self, code: str, when: Callable[[], bool] = lambda: True) -> None:
        """Refuse each call from now on, or each one for which a condition holds."""
        self.refuses_with, self.refuses = code, when

    def accept(self) -> None:
        """Pass on what comes."""
        self.refuses = lambda: False

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
