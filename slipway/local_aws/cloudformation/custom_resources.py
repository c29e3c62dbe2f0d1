"""Custom resources: how long CloudFormation waits for an answer, and what a rollback asks.

MiniStack rolls back a custom resource that was replaced by deleting the new one, and asks nothing
before. CloudFormation sends an Update with the old properties first, as it does for a change in
place; the new one is deleted afterwards, unless the answer names it again. That order is
undocumented: our reading of
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes-update.html
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

from slipway.local_aws.clock import Clock
from slipway.local_aws.machine import Machine

_SHORTEST_SECONDS = 20.0  # functions don't run faster because time does


def install(machine: Machine) -> None:
    """Scale the wait for a function that never answers, and ask before a replaced one goes."""
    _scale_waits(machine)
    _send_replaced_ones_back()


def wait_seconds(clock: Clock, service_timeout: float | None) -> float | None:
    """Return the real seconds to wait for a ``ServiceTimeout`` in seconds of AWS."""
    if service_timeout is None:
        return None
    return max(clock.wall(timedelta(seconds=service_timeout)), _SHORTEST_SECONDS)


def _scale_waits(machine: Machine) -> None:
    """Make a function that never answers cost less than a real hour."""
    from ministack.services.cloudformation import custom_resource

    register = custom_resource.register_token

    def register_with_scaled_wait(token: str) -> threading.Event:
        answered: threading.Event = register(token)
        wait = answered.wait
        # The one place where MiniStack applies the template's ServiceTimeout.
        answered.wait = lambda timeout=None: wait(wait_seconds(machine.clock, timeout))  # type: ignore[method-assign]
        return answered

    custom_resource.register_token = register_with_scaled_wait


def _send_replaced_ones_back() -> None:
    from ministack.services.cloudformation import stacks

    roll_back = stacks._roll_back_operation

    async def roll_back_with_updates(
        name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any], *rest: Any
    ) -> None:
        failed = await _send_back(name, stack_id, stack, operation)
        await roll_back(name, stack_id, stack, operation, *rest)
        if failed:
            stack.setdefault("_rollback_failed", {}).update(failed)
            stack["StackStatus"] = "UPDATE_ROLLBACK_FAILED"
            reason = stacks._rollback_failure_reason(stack["_rollback_failed"])
            stack["StackStatusReason"] = reason
            stacks._add_event(
                stack_id,
                name,
                name,
                "AWS::CloudFormation::Stack",
                "UPDATE_ROLLBACK_FAILED",
                reason,
                stack_id,
            )

    stacks._roll_back_operation = roll_back_with_updates


async def _send_back(
    name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any]
) -> dict[str, Any]:
    """Update each replaced custom resource to what it was; return those that would not."""
    from ministack.services.cloudformation import stacks

    before = (operation.get("previous_stack") or {}).get("_resources", {})
    failed = {}
    for logical_id in list(operation.get("created", ())):
        now, previous = stack["_resources"].get(logical_id), before.get(logical_id)
        if not now or not previous or not now["ResourceType"].startswith("Custom::"):
            continue
        replacement = now["PhysicalResourceId"]
        if replacement == previous["PhysicalResourceId"]:
            continue
        # The function may ask how its stack is.
        stack["StackStatus"] = "UPDATE_ROLLBACK_IN_PROGRESS"
        wanted, applied = previous["Properties"], now["Properties"]
        previous["PhysicalResourceId"] = replacement
        try:
            await stacks._revert_update(
                stack_id,
                name,
                logical_id,
                now["ResourceType"],
                replacement,
                applied,
                wanted,
                now.get("Attributes", {}),
                previous,
            )
        except Exception:  # whatever the function answered: its event has the reason
            failed[logical_id] = {
                **now,
                "RevertFrom": applied,
                "RevertTo": wanted,
            }
        if previous["PhysicalResourceId"] == replacement:
            # Named again, or not answered: it stays what the stack knows.
            operation["created"].remove(logical_id)
            if logical_id in operation["replaced_ids"]:
                operation["replaced_ids"].remove(logical_id)
    return failed
