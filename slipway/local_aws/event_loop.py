"""Work on MiniStack's event loop, the only thread that may change MiniStack's state."""

from __future__ import annotations

import contextvars
from collections.abc import Callable


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
