"""What is in stock, as the inventory service tells it: good to have, but the shop opens without."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TypedDict

import httpx2

from storefront.circuit_breaker import CircuitBreaker

CONNECT_TIMEOUT = timedelta(seconds=0.5)
TIMEOUT = timedelta(seconds=1)
# Shorter than the idle timeout of the inventory's load balancer, or it closes what we write on.
IDLE_TIMEOUT = timedelta(seconds=30)
FAILURES_IN_A_ROW = 5
PAUSE = timedelta(seconds=10)


class Stock(TypedDict):
    """How many there are of each item, and which version of the inventory says so."""

    version: str
    stock: dict[str, int]


class Inventory:
    """The inventory service, over connections that all requests share.

    Parameters
    ----------
    address
        For example `https://inventory.shop.example.com`.
    """

    def __init__(self, address: str) -> None:
        self._client = httpx2.AsyncClient(
            base_url=address,
            timeout=httpx2.Timeout(
                TIMEOUT.total_seconds(), connect=CONNECT_TIMEOUT.total_seconds()
            ),
            limits=httpx2.Limits(
                max_connections=100,
                max_keepalive_connections=100,
                keepalive_expiry=IDLE_TIMEOUT.total_seconds(),
            ),
        )
        self._breaker = CircuitBreaker("inventory", threshold=FAILURES_IN_A_ROW, pause=PAUSE)

    async def stock(self) -> Stock | None:
        """Ask what is in stock; None, within `TIMEOUT`, where that can't be had."""
        if not self._breaker.permits():
            return None
        try:
            # The client's own timeouts are for each step, this one is for all of them.
            async with asyncio.timeout(TIMEOUT.total_seconds()):
                stock = await self._ask_again_if_cut_off()
        except (httpx2.HTTPError, TimeoutError, ValueError, KeyError, TypeError) as error:
            self._breaker.failed(error)
            return None
        self._breaker.succeeded()
        return stock

    async def _ask_again_if_cut_off(self) -> Stock:
        """Ask, and once more on another connection: a task that stops takes its connections along.

        Reading twice does no harm. An answer, whatever it says, is final.
        """
        try:
            return await self._ask()
        except (httpx2.NetworkError, httpx2.RemoteProtocolError):
            return await self._ask()

    async def _ask(self) -> Stock:
        response = await self._client.get("/stock")
        answer = response.raise_for_status().json()
        return {"version": answer["version"], "stock": answer["stock"]}
