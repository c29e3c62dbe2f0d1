"""A deletion that fails keeps what the resource depends on, as CloudFormation does.

MiniStack goes on and deletes the rest of the stack, so that a group of instances would vanish under
a capacity provider that could not be deleted.
"""

from __future__ import annotations

from typing import Any

from slipway.local_aws.cloudformation.handlers import Properties
from slipway.local_aws.machine import Machine


def install(machine: Machine) -> None:
    """Look at a resource's dependents before it is deleted; they come first."""
    from ministack.services import cloudformation
    from ministack.services.cloudformation import stacks

    delete = stacks._delete_resource

    def delete_unless_needed(
        resource_type: str,
        physical_id: str,
        properties: Properties,
        stack_name: str,
        logical_id: str,
        *rest: Any,
    ) -> None:
        stack = cloudformation._stacks.get(stack_name) or {}
        if stack.get("StackStatus") == "DELETE_IN_PROGRESS":
            declared = (stack.get("_template") or {}).get("Resources", {})
            resources = stack.get("_resources", {})
            for name, resource in resources.items():
                if name == logical_id or resource.get("ResourceStatus") != "DELETE_FAILED":
                    continue
                if logical_id in stacks._with_dependencies([name], declared, set(resources)):
                    raise RuntimeError(f"Not deleted: {name}, which depends on it, is still there")
        delete(resource_type, physical_id, properties, stack_name, logical_id, *rest)

    stacks._delete_resource = delete_unless_needed
