"""DeleteStack while the stack is still being created: what waits stops waiting, then all goes.

MiniStack deletes at once what the stack holds, which is nothing before its creation ends; what was
created meanwhile would stay behind.
"""

from __future__ import annotations

import asyncio
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers

_REQUESTED = "_deletion_requested"
_INTERVAL_SECONDS = 0.1


class CancelledError(Exception):
    """The stack that a resource belongs to is not wanted any more."""


def install() -> None:
    """Let a deletion wait for the end of the creation that it cancels."""
    delete = handlers._delete_stack_async

    async def cancel_then_delete(stack_name: str, *args: Any, **options: Any) -> None:
        stack = cloudformation._stacks.get(stack_name) or {}
        stack[_REQUESTED] = True
        while stack.get("StackStatus") in ("CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
            await asyncio.sleep(_INTERVAL_SECONDS)
        stack.pop(_REQUESTED, None)
        await delete(stack_name, *args, **options)

    handlers._delete_stack_async = cancel_then_delete


def check(stack_name: str) -> None:
    """Stop a wait whose stack is being deleted, or whose update was cancelled.

    Raises
    ------
    CancelledError
        It is.
    """
    stack = cloudformation._stacks.get(stack_name) or {}
    if stack.get(_REQUESTED) or stack.get("_cancel_requested"):
        raise CancelledError("Resource creation cancelled")
