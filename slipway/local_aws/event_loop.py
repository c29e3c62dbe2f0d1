"""Work on MiniStack's event loop, the only thread that may change MiniStack's state."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def in_account(account: str, region: str, work: Callable[[], object]) -> None:
    """Have MiniStack's event loop do something in an account and region, soon.

    Before the gateway runs there is no loop; the work is then dropped, for there is no state yet.
    """
    from ministack import app
    from ministack.core.responses import set_request_account_id, set_request_region

    def scoped() -> None:
        set_request_account_id(account)
        set_request_region(region)
        work()

    loop = app._MAIN_LOOP
    if loop is not None and not loop.is_closed():
        loop.call_soon_threadsafe(scoped, context=contextvars.copy_context())


def done_on_loop(work: Callable[[], Result]) -> Result:
    """Have MiniStack's event loop do something, and return what came of it.

    On the loop itself it is done at once: it would wait for itself.
    """
    from ministack import app

    if _is_on(app._MAIN_LOOP):
        return work()

    async def on_the_loop() -> Result:
        return work()

    return asyncio.run_coroutine_threadsafe(on_the_loop(), app._MAIN_LOOP).result()


def _is_on(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
