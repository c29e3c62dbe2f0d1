"""The inventory with one more route: it says when it has a request, and answers on SIGUSR1."""

import asyncio
import logging
import os
import signal
from unittest.mock import patch

from aiohttp import web
from inventory.app import create_app
from inventory.logs import log_as_json
from inventory.server import serve
from inventory.settings import Settings


async def count(request: web.Request) -> web.Response:
    counted = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, counted.set)
    logging.info("counting")
    await counted.wait()
    return web.Response(text="42")


def create_waiting_app(*, revision: str, draining: asyncio.Event) -> web.Application:
    app = create_app(revision=revision, draining=draining)
    app.router.add_get("/count", count)
    return app


log_as_json("info")
with patch("inventory.server.create_app", create_waiting_app):
    asyncio.run(serve(Settings.from_environment(os.environ)))
