"""Take back a stack whose new service never becomes steady."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator
from typing import Any

from slipway.deploy.following import Following, Stack
from slipway.release import Aws
from slipway.release.errors import aws_errors

_LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
# What has a name of its own: where it stays, it can't be made again.
_IN_THE_WAY = {
    "AWS::Logs::LogGroup": "aws logs delete-log-group --log-group-name {}",
    "AWS::SecretsManager::Secret": (
        "aws secretsmanager delete-secret --force-delete-without-recovery --secret-id {}"
    ),
}


def give_up(
    following: Following,
    stack: Stack,
    aws: Aws,
    *,
    tell: Callable[[str], None],
    show: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """End what CloudFormation does to a stack, see it through, and say how things stand.

    An update is cancelled, and CloudFormation puts back what was. A creation can't be cancelled:
    the stack is deleted. What protects it and its load balancer from that is taken away before:
    nothing of it has ever served anybody.

    Parameters
    ----------
    show
        Given each command that clears away what stays, to be copied.

    Raises
    ------
    AwsError
        AWS refuses or can't be reached.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CancelUpdateStack.html
    """
    cloudformation = aws.cloudformation
    with aws_errors(f"take back the stack {stack.name}"):
        (found,) = cloudformation.describe_stacks(StackName=stack.id)["Stacks"]
        if found["StackStatus"] == "UPDATE_IN_PROGRESS":
            stack.given_up = True
            tell(f"{stack.name}: cancelling its update")
            cloudformation.cancel_update_stack(StackName=stack.id)
        elif found["StackStatus"] == "CREATE_IN_PROGRESS":
            stack.given_up = True
            if found.get("EnableTerminationProtection"):
                tell(f"{stack.name}: taking its protection away, as it never served anybody")
                cloudformation.update_termination_protection(
                    StackName=stack.id, EnableTerminationProtection=False
                )
            _unprotect_load_balancers(stack, aws)
            tell(f"{stack.name}: deleting it, as CloudFormation can't cancel a creation")
            cloudformation.delete_stack(StackName=stack.id)
    while True:
        following.look_now()
        if not stack.is_changing:
            break
        sleep(1)
    return _standing(stack, cloudformation, tell, show)


def _unprotect_load_balancers(stack: Stack, aws: Aws) -> None:
    """Let the stack's own load balancers be deleted: production protects them from that."""
    resources = aws.cloudformation.describe_stack_resources(StackName=stack.id)["StackResources"]
    for resource in resources:
        if resource["ResourceType"] == _LOAD_BALANCER and resource.get("PhysicalResourceId"):
            aws.elbv2.modify_load_balancer_attributes(
                LoadBalancerArn=resource["PhysicalResourceId"],
                Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}],
            )


def _standing(
    stack: Stack,
    cloudformation: Any,
    tell: Callable[[str], None],
    show: Callable[[str], None],
) -> str:
    if stack.status == "DELETE_COMPLETE" or not stack.status:
        commands = list(_commands(stack, cloudformation))
        if not commands:
            return f"The stack {stack.name} was deleted, as if it had never been"
        tell("What the environment retains is left, and in the way of another try. To delete it:")
        for command in commands:
            show(command)
        return f"The stack {stack.name} was deleted; first delete what it left, as told above"
    if stack.status.endswith("ROLLBACK_COMPLETE"):
        return f"The stack {stack.name} is what it was before"
    if stack.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        return f"The stack {stack.name} has come up just now, after all"
    return (
        f"The stack {stack.name} is {stack.status}: see its events in the console of "
        "CloudFormation, and docs/runbooks/stack-rollback-failed.md"
    )


def _commands(stack: Stack, cloudformation: Any) -> Iterator[str]:
    """Yield what deletes each thing that stayed and would be in the way."""
    with aws_errors(f"read what became of {stack.name}"):
        pages = cloudformation.get_paginator("describe_stack_events")
        for page in pages.paginate(StackName=stack.id):
            for event in page["StackEvents"]:
                command = _IN_THE_WAY.get(event["ResourceType"])
                name = event.get("PhysicalResourceId")
                if command and name and event["ResourceStatus"] == "DELETE_SKIPPED":
                    yield command.format(shlex.quote(name))
