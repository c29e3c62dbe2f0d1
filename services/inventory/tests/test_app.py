from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from inventory import __version__, app

REVISION = "shop-test-inventory:3"
IDENTITY = {"version": __version__, "revision": REVISION}

Client = TestClient[Any, Any]


@pytest.fixture
def draining() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
async def client(
    aiohttp_client: Callable[..., Awaitable[Client]], draining: asyncio.Event
) -> Client:
    return await aiohttp_client(app.create_app(revision=REVISION, draining=draining))


async def test_the_stock_comes_with_the_task_that_counted_it(client: Client) -> None:
    async with client.get("/stock") as answer:
        assert await answer.json() == {**IDENTITY, "stock": dict(app.STOCK)}


async def test_one_item_can_be_asked_for(client: Client) -> None:
    async with client.get("/stock/mug") as answer:
        assert await answer.json() == {**IDENTITY, "stock": {"mug": app.STOCK["mug"]}}


async def test_an_item_nobody_sells_is_not_found_and_the_answer_is_json(client: Client) -> None:
    async with client.get("/stock/unicorn") as answer:
        assert answer.status == 404
        assert await answer.json() == {**IDENTITY, "error": "no item 'unicorn'"}


async def test_version_says_which_task_answers(client: Client) -> None:
    async with client.get("/version") as answer:
        assert await answer.json() == IDENTITY


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/stock", {}, 200),
        ("HEAD", "/stock", {}, 200),
        ("GET", "/health", {}, 200),
        ("GET", "/stock/unicorn", {}, 404),
        ("GET", "/no-such-page", {}, 404),
        ("DELETE", "/stock", {}, 405),
        ("GET", "/stock", {"Expect": "a miracle"}, 417),
    ],
)
async def test_every_response_names_its_task_and_no_software(
    client: Client, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    async with client.request(method, path, headers=headers) as answer:
        assert answer.status == status
        assert answer.headers["x-task-revision"] == REVISION
        assert "server" not in answer.headers


async def test_a_crash_is_answered_by_a_named_task(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "STOCK", None)
    async with client.get("/stock") as answer:
        assert answer.status == 500
        assert answer.headers["x-task-revision"] == REVISION


async def test_a_draining_task_answers_and_lets_the_connection_go(
    client: Client, draining: asyncio.Event
) -> None:
    async with client.get("/health") as answer:
        assert "connection" not in answer.headers
    draining.set()
    async with client.get("/health") as answer:
        assert answer.status == 200
        assert answer.headers["connection"] == "close"
