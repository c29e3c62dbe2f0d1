"""The storefront's server and middleware around one route that answers when its body has come."""

import asyncio
import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from storefront.json_logs import configure_logging
from storefront.middleware import TaskResponses
from storefront.server import create_server
from storefront.settings import Settings


async def order(request: Request) -> PlainTextResponse:
    return PlainTextResponse(await request.body())


settings = Settings.from_environment(os.environ)
configure_logging(settings.log_level)
draining = asyncio.Event()
app = TaskResponses(
    Starlette(routes=[Route("/order", order, methods=["POST"])]),
    revision="unknown",
    draining=draining,
)
create_server(app, settings, draining=draining).run()
