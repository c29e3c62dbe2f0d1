"""What the storefront answers."""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from storefront import __version__
from storefront.inventory import Inventory
from storefront.middleware import TaskResponses
from storefront.settings import Settings


def create_app(settings: Settings, *, revision: str, draining: asyncio.Event) -> ASGIApp:
    """Build the application.

    Parameters
    ----------
    settings
        The process's configuration.
    revision
        The task definition's `family:revision`.
    draining
        Set from the moment at which the process was asked to stop.
    """
    # One for all requests: they share its connections.
    inventory = Inventory(settings.inventory_url) if settings.inventory_url else None

    async def home(request: Request) -> JSONResponse:
        return JSONResponse(
            {
                "service": "storefront",
                "message": settings.greeting,
                "version": __version__,
                "revision": revision,
                "inventory": await inventory.stock() if inventory else None,
            },
            status_code=200,
        )

    async def health(request: Request) -> JSONResponse:
        # Healthy while draining too: ECS has deregistered the target by then, and what still
        # arrives must be answered.
        return JSONResponse({"status": "ok"})

    async def version(request: Request) -> JSONResponse:
        return JSONResponse(
            {
                "version": __version__,
                "revision": revision,
                "secret_fingerprint": settings.secret_fingerprint,
            }
        )

    routes = [Route("/", home), Route("/health", health), Route("/version", version)]
    # Around Starlette, not inside it: its own error responses carry the header too.
    return TaskResponses(Starlette(routes=routes), revision=revision, draining=draining)
