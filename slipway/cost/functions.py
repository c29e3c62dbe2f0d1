"""Lambda functions, and the queues and rules before them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from slipway.cost.counting import SECONDS, Count, Free, Item, Month
from slipway.cost.model import Group, Span
from slipway.cost.resources import Resource

_GROUP = Group.EVENTS

# CodeDeploy may call functions with this prefix only.
# https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
_HOOK = "CodeDeployHook_"

# Lambda asks a queue with five long polls at once.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
_POLLS_AT_ONCE = 5
_POLL_SECONDS = 20


def function(resource: Resource, month: Month) -> Iterator[Count]:
    """Price the calls of a function, and how long it runs."""
    made = calls(resource, month)
    seconds = month.assumed["hook_seconds" if _is_hook(resource) else "function_seconds"]
    memory = Decimal(resource.get("MemorySize", 128)) / 1024
    architecture = "arm64" if "arm64" in resource.get("Architectures", []) else "x86"
    kind = kind_of(resource)
    because = f"{made} calls of each"
    yield Item(_GROUP, f"calls of {kind}", made, "lambda.request", because)
    yield Item(
        _GROUP,
        f"run time of {kind}",
        made * seconds * memory,
        f"lambda.{architecture}.gb-second",
        f"{because}, {seconds} seconds with {Span.of(memory)} GB",
    )


def kind_of(resource: Resource) -> str:
    """Return what people call it: ``hooks`` are those that CodeDeploy calls."""
    return "hooks" if _is_hook(resource) else "functions"


def calls(resource: Resource, month: Month) -> Span:
    """Return how often a function is called in a month: a hook, once in each release."""
    return month.assumed["releases" if _is_hook(resource) else "function_calls"]


def queue(resource: Resource, month: Month) -> Iterator[Count]:
    """Price the requests to a queue: above all, Lambda's polls."""
    readers = month.inventory.referring(
        "AWS::Lambda::EventSourceMapping", resource, by="EventSourceArn"
    )
    if not readers:
        yield Free("nothing polls it, and messages come by the dozen: the first million are free")
        return
    polls = Span.of(SECONDS) * _POLLS_AT_ONCE / _POLL_SECONDS
    yield Item(
        _GROUP,
        "polls of queues",
        polls,
        "sqs.request",
        f"Lambda asks {_POLLS_AT_ONCE} times at once, every {_POLL_SECONDS} seconds",
    )


def rule(resource: Resource, _month: Month) -> Iterator[Count]:
    """Price an EventBridge rule: AWS's own events and schedules are free.

    See https://aws.amazon.com/eventbridge/pricing/
    """
    if resource.get("EventBusName", "default") != "default":
        yield Free("its event bus counts: own events cost, rules don't")
        return
    yield Free("events of AWS and schedules on the default bus are free")


def _is_hook(resource: Resource) -> bool:
    return str(resource.get("FunctionName", "")).startswith(_HOOK)
