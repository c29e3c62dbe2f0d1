"""Take back a stack whose new service never becomes steady."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from slipway.deploy.following import Following, Stack
from slipway.release.errors import aws_errors

_SKIPPED = "DELETE_SKIPPED"


def give_up(
    following: Following,
    stack: Stack,
    cloudformation: Any,
    *,
    tell: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """End what CloudFormation does to a stack, see it through, and say how things stand.

    An update is cancelled, and CloudFormation puts back what was. A creation can't be cancelled:
    the stack is deleted, and its termination protection taken away before, since nothing of it has
    ever served anybody.

    Raises
    ------
    AwsError
        CloudFormation refuses or can't be reached.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CancelUpdateStack.html
    """
    stack.given_up = True
    with aws_errors(f"take back the stack {stack.name}"):
        (found,) = cloudformation.describe_stacks(StackName=stack.id)["Stacks"]
        if found["StackStatus"] == "UPDATE_IN_PROGRESS":
            tell(f"{stack.name}: cancelling its update")
            cloudformation.cancel_update_stack(StackName=stack.id)
        elif found["StackStatus"] == "CREATE_IN_PROGRESS":
            if found.get("EnableTerminationProtection"):
                tell(f"{stack.name}: taking its termination protection away, it was never there")
                cloudformation.update_termination_protection(
                    StackName=stack.id, EnableTerminationProtection=False
                )
            tell(f"{stack.name}: deleting it, as CloudFormation can't cancel a creation")
            cloudformation.delete_stack(StackName=stack.id)
    while True:
        following.look_now()
        if not stack.is_changing:
            break
        sleep(1)
    return _standing(stack, cloudformation)


def _standing(stack: Stack, cloudformation: Any) -> str:
    if stack.status == "DELETE_COMPLETE" or not stack.status:
        stayed = [
            f"{event['PhysicalResourceId']}"
            for event in _events(stack, cloudformation)
            if event["ResourceStatus"] == _SKIPPED and event.get("PhysicalResourceId")
        ]
        if not stayed:
            return f"The stack {stack.name} was deleted, as if it had never been"
        return (
            f"The stack {stack.name} was deleted; what its removal policy retains is still there, "
            f"and in the way of another try: delete {', '.join(stayed)}"
        )
    if stack.status.endswith("ROLLBACK_COMPLETE"):
        return f"The stack {stack.name} is what it was before"
    return (
        f"The stack {stack.name} is {stack.status}: see its events in the console of "
        "CloudFormation, and docs/runbooks/stack-rollback-failed.md"
    )


def _events(stack: Stack, cloudformation: Any) -> list[dict[str, Any]]:
    with aws_errors(f"read what became of {stack.name}"):
        pages = cloudformation.get_paginator("describe_stack_events")
        return [
            event for page in pages.paginate(StackName=stack.id) for event in page["StackEvents"]
        ]
