"""What the inventory answers."""

from __future__ import annotations

import asyncio
from types import MappingProxyType

from aiohttp import web

from inventory import __version__

# Stands for the database that a real inventory would be attached to: the process keeps no state.
STOCK = MappingProxyType({"book": 12, "lamp": 7, "mug": 30, "umbrella": 0})


def create_app(*, revision: str, draining: asyncio.Event) -> web.Application:
    """Build the application.

    Parameters
    ----------
    revision
        The task definition's `family:revision`.
    draining
        Set once the process is to stop: from then on, a response closes its connection.
    """
    identity = {"version": __version__, "revision": revision}
    routes = web.RouteTableDef()

    @routes.get("/health")
    async def health(request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    @routes.get("/version")
    async def version(request: web.Request) -> web.Response:
        return web.json_response(identity)

    @routes.get("/stock")
    async def stock(request: web.Request) -> web.Response:
        return web.json_response({**identity, "stock": dict(STOCK)})

    @routes.get("/stock/{item}")
    async def item(request: web.Request) -> web.Response:
        name = request.match_info["item"]
        if name not in STOCK:
            return web.json_response({**identity, "error": f"no item {name!r}"}, status=404)
        return web.json_response({**identity, "stock": {name: STOCK[name]}})

    # A signal and not a middleware: aiohttp sends it for its own error responses too.
    async def sign(request: web.Request, response: web.StreamResponse) -> None:
        response.headers["x-task-revision"] = revision
        # Which software answers is nobody's business.
        response.headers.popall("Server", None)
        if draining.is_set():
            response.headers["Connection"] = "close"
            response.force_close()

    app = web.Application()
    app.add_routes(routes)
    app.on_response_prepare.append(sign)
    return app
