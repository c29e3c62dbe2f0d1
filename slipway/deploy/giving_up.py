"""Take back a stack whose new service never becomes steady."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
_PROTECTION = "deletion_protection.enabled"
_PROTECT_STACK = (
    "aws cloudformation update-termination-protection --enable-termination-protection "
    "--stack-name {}"
)
_PROTECT_LOAD_BALANCER = (
    "aws elbv2 modify-load-balancer-attributes --load-balancer-arn {} "
    f"--attributes Key={_PROTECTION},Value=true"
)


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
    nothing of it has ever served anybody. Whatever leaves the stack there without its protection,
    an interruption too, is told with what protects it again.

    Parameters
    ----------
    show
        Given each command to be copied: what clears away what stays, or protects it again.

    Raises
    ------
    AwsError
        AWS refuses or can't be reached.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CancelUpdateStack.html
    """
    cloudformation = aws.cloudformation
    with _protected_again(stack, tell, show) as unprotected:
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
                    unprotected.append(_PROTECT_STACK.format(shlex.quote(stack.name)))
                    cloudformation.update_termination_protection(
                        StackName=stack.id, EnableTerminationProtection=False
                    )
                _unprotect_load_balancers(stack, aws, unprotected)
                tell(f"{stack.name}: deleting it, as CloudFormation can't cancel a creation")
                cloudformation.delete_stack(StackName=stack.id)
        while True:
            following.look_now()
            if not stack.is_changing:
                break
            sleep(1)
    return _standing(stack, cloudformation, tell, show)


@contextmanager
def _protected_again(
    stack: Stack, tell: Callable[[str], None], show: Callable[[str], None]
) -> Iterator[list[str]]:
    """Tell what protects again whatever the block has unprotected, if the stack isn't gone by then.

    Yields
    ------
    list
        The commands, for the block to add to.
    """
    commands: list[str] = []
    try:
        yield commands
    finally:
        if commands and not stack.is_gone:
            tell(
                f"{stack.name}: its protection is off. What has begun goes on; if the stack stays, "
                "protect it again:"
            )
            for command in commands:
                show(command)


def _unprotect_load_balancers(stack: Stack, aws: Aws, unprotected: list[str]) -> None:
    """Let the stack's own load balancers be deleted: production protects them from that."""
    resources = aws.cloudformation.describe_stack_resources(StackName=stack.id)["StackResources"]
    for resource in resources:
        arn = resource.get("PhysicalResourceId")
        if resource["ResourceType"] == _LOAD_BALANCER and arn and _is_protected(aws, arn):
            unprotected.append(_PROTECT_LOAD_BALANCER.format(shlex.quote(arn)))
            aws.elbv2.modify_load_balancer_attributes(
                LoadBalancerArn=arn, Attributes=[{"Key": _PROTECTION, "Value": "false"}]
            )


def _is_protected(aws: Aws, load_balancer: str) -> bool:
    attributes = aws.elbv2.describe_load_balancer_attributes(LoadBalancerArn=load_balancer)
    return {"Key": _PROTECTION, "Value": "true"} in attributes["Attributes"]


def _standing(
    stack: Stack,
    cloudformation: Any,
    tell: Callable[[str], None],
    show: Callable[[str], None],
) -> str:
    if stack.is_gone:
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
