from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from inventory.task import task_revision

Serve = Callable[[web.Application], Awaitable[TestServer]]


async def metadata_uri(serve: Serve, body: str, status: int = 200) -> str:
    """Start a task metadata endpoint that answers this, and return what ECS would tell a task."""

    async def task(request: web.Request) -> web.Response:
        return web.Response(text=body, status=status)

    app = web.Application()
    app.router.add_get("/v4/abc/task", task)
    return str((await serve(app)).make_url("/v4/abc"))


async def test_the_revision_is_the_task_definitions(aiohttp_server: Serve) -> None:
    body = '{"Cluster": "shop-test", "Family": "shop-test-inventory", "Revision": "3"}'
    assert await task_revision(await metadata_uri(aiohttp_server, body)) == "shop-test-inventory:3"


@pytest.mark.parametrize(
    ("body", "status"), [("<html>", 200), ("[]", 200), ("{}", 200), ('{"Family": "x"}', 500)]
)
async def test_useless_metadata_is_no_reason_to_stay_down(
    aiohttp_server: Serve, caplog: pytest.LogCaptureFixture, body: str, status: int
) -> None:
    assert await task_revision(await metadata_uri(aiohttp_server, body, status)) == "unknown"
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


@pytest.mark.parametrize("uri", ["", "http://127.0.0.1:1/v4/abc", "no address"])
async def test_metadata_out_of_reach_is_no_reason_to_stay_down(uri: str) -> None:
    assert await task_revision(uri) == "unknown"
