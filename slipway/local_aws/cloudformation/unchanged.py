"""A stack update leaves alone what did not change, as CloudFormation does.

MiniStack sends every resource of an updated stack through its type's update handler. AWS touches
only those whose properties differ once every reference is resolved: no update, no event.
"""

from __future__ import annotations

from typing import Any

from slipway.local_aws.cloudformation.handlers import Properties
from slipway.local_aws.machine import Machine


def install(machine: Machine) -> None:
    """Wrap the update of a resource and the recording of its events."""
    from ministack.services import cloudformation
    from ministack.services.cloudformation import stacks

    update_resource, add_event = stacks._update_resource, stacks._add_event
    unchanged: set[tuple[str, str]] = set()

    def update_what_changed(
        resource_type: str,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack_name: str,
        logical_id: str,
        attributes: Properties,
    ) -> Any:
        if old == new:
            unchanged.add((stack_name, logical_id))
            return physical_id, attributes
        return update_resource(
            resource_type, physical_id, old, new, stack_name, logical_id, attributes
        )

    def add_event_of_a_change(
        stack_id: str,
        stack_name: str,
        logical_id: str,
        resource_type: str,
        status: str,
        *rest: Any,
        **more: Any,
    ) -> None:
        if status == "UPDATE_COMPLETE" and (stack_name, logical_id) in unchanged:
            # That it was unchanged shows only after the update was announced: take that back.
            unchanged.discard((stack_name, logical_id))
            events = cloudformation._stack_events[stack_id]
            for event in reversed(events):
                if event["LogicalResourceId"] == logical_id:
                    events.remove(event)
                    break
            return
        add_event(stack_id, stack_name, logical_id, resource_type, status, *rest, **more)

    stacks._update_resource = update_what_changed
    stacks._add_event = add_event_of_a_change
