"""From start to stop."""

from __future__ import annotations

import asyncio
import logging
import signal

from aiohttp import web

from inventory import __version__
from inventory.app import create_app
from inventory.logs import RequestLog
from inventory.settings import Settings
from inventory.task import task_revision

logger = logging.getLogger(__name__)


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM, go on for the time of the drain, finish what is in flight, and return.

    `aiohttp.web.run_app` would stop listening at the signal itself, when the load balancer may
    still send requests.
    """
    draining = asyncio.Event()
    # Before anything that takes time: a container's first process ignores the signal otherwise.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, draining.set)
    revision = await task_revision(settings.ecs_container_metadata_uri_v4)
    runner = web.AppRunner(
        create_app(revision=revision, draining=draining),
        access_log_class=RequestLog,
        access_log=logging.getLogger("inventory.requests"),
        keepalive_timeout=settings.keep_alive_seconds,
        shutdown_timeout=settings.shutdown_seconds,
    )
    await runner.setup()
    await web.TCPSite(runner, settings.host, settings.port).start()
    host, port = runner.addresses[0][:2]
    logger.info("listening", extra={"host": host, "port": port, "version": __version__})
    await draining.wait()
    logger.info("draining", extra={"drain_seconds": settings.drain_seconds})
    await asyncio.sleep(settings.drain_seconds)
    await runner.cleanup()
    logger.info("stopped")
