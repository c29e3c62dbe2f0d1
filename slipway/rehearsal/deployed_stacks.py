"""The stacks of an environment, and what CloudFormation says of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

from slipway.rehearsal.report import Stack
from slipway.settings import Settings


def names(settings: Settings, environment: str) -> tuple[str, ...]:
    """Name all stacks of an environment, in the order in which they are deployed."""
    computed = settings.names(environment)
    registries = tuple(
        registry.stack
        for registry in settings.registries
        if any(each.name == environment for each in registry.environments)
    )
    services = tuple(computed.stack(name) for name in settings.services(environment))
    return (
        *registries,
        computed.stack("network"),
        computed.stack("cluster"),
        computed.stack("observability"),
        computed.stack("releases"),
        *services,
    )


def describe(cloudformation: Any, name: str) -> Stack:
    """Look at a stack: its status, and how long its creation took."""
    events = [
        event
        for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
        for event in page["StackEvents"]
    ]
    own = sorted(
        (event["Timestamp"], event["ResourceStatus"])
        for event in events
        if event["ResourceType"] == "AWS::CloudFormation::Stack"
    )
    times = [event["Timestamp"] for event in events]
    status = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    created = next((time for time, each in own if each == "CREATE_COMPLETE"), max(times))
    return Stack(name, status, created - min(times))


def existing(cloudformation: Any) -> set[str]:
    """Name every stack that is there."""
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    return {stack["StackName"] for page in pages for stack in page["Stacks"]}


def finished_resources(cloudformation: Any, stacks: Iterable[str]) -> int:
    """Count the resources that are there; a stack may not be there yet, or no more."""
    finished = 0
    for name in stacks:
        with contextlib.suppress(cloudformation.exceptions.ClientError):
            resources = cloudformation.describe_stack_resources(StackName=name)
            finished += sum(
                resource["ResourceStatus"].endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE"))
                for resource in resources["StackResources"]
            )
    return finished
