"""The process: start, serve, drain, stop."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import signal
import socket
import sys
from datetime import timedelta
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from storefront import __version__
from storefront.app import create_app
from storefront.json_logs import configure_logging
from storefront.settings import Settings, SettingsError
from storefront.task_metadata import read_revision

logger = logging.getLogger(__name__)


class DrainingServer(uvicorn.Server):
    """A server that goes on serving for `drain_time` after SIGTERM, and only then shuts down.

    The load balancer may still send on connections that it holds open; a server that closes them
    at once loses those requests. Requests in flight at the end of the drain are finished within the
    graceful time of the configuration.
    """

    def __init__(
        self, config: uvicorn.Config, *, draining: asyncio.Event, drain_time: timedelta
    ) -> None:
        super().__init__(config)
        self.draining = draining
        self.drain_time = drain_time

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say where."""
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        fields = {"host": host, "port": port, "version": __version__}
        logger.info("listening", extra={"fields": fields})

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin the drain, or skip the rest of it when a person asks (SIGINT).

        uvicorn's own handler would raise the signal again after the shutdown, and the process
        would not exit with 0.
        """
        action = self._stop if sig == signal.SIGINT else self._drain
        asyncio.get_running_loop().call_soon_threadsafe(action)

    def _drain(self) -> None:
        if self.draining.is_set():
            return
        self.draining.set()
        seconds = self.drain_time.total_seconds()
        logger.info("draining", extra={"fields": {"drain_seconds": seconds}})
        asyncio.get_running_loop().call_later(seconds, self._stop)

    def _stop(self) -> None:
        self.should_exit = True


def create_server(app: ASGIApp, settings: Settings, *, draining: asyncio.Event) -> DrainingServer:
    """Build the server that carries `app`."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=math.ceil(settings.keep_alive.total_seconds()),
        timeout_graceful_shutdown=math.ceil(settings.graceful_shutdown.total_seconds()),
    )
    return DrainingServer(config, draining=draining, drain_time=settings.drain_time)


def main() -> int:
    """Serve until SIGTERM, and return the process's exit code."""
    # The first process of a container ignores a signal that it has no handler for.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    configure_logging(logging.INFO)
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        logger.error("%s", error)
        return 1
    configure_logging(settings.log_level)
    draining = asyncio.Event()
    revision = read_revision(settings.metadata_address)
    app = create_app(settings, revision=revision, draining=draining)
    create_server(app, settings, draining=draining).run()
    logger.info("stopped")
    return 0
