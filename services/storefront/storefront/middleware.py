"""What every response has in common: the task's name on it and a line in the log."""

from __future__ import annotations

import asyncio
import logging
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)


class TaskResponses:
    """Names the task in each response's `x-task-revision` header and logs each request.

    While `draining` is set, responses carry `Connection: close`, so that the load balancer doesn't
    send another request on a connection that is about to go.
    """

    def __init__(self, app: ASGIApp, *, revision: str, draining: asyncio.Event) -> None:
        self.app = app
        self.revision = revision
        self.draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        started = time.perf_counter()
        status: int | None = None

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-task-revision"] = self.revision
                if self.draining.is_set():
                    headers["connection"] = "close"
            await send(message)

        try:
            await self.app(scope, receive, send_named)
        finally:
            # A load balancer asks for /health every few seconds, for ever.
            level = logging.DEBUG if scope["path"] == "/health" else logging.INFO
            fields = {
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "duration_ms": round((time.perf_counter() - started) * 1000, 3),
                "revision": self.revision,
            }
            logger.log(level, "request", extra={"fields": fields})
