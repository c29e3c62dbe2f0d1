"""A CloudFormation whose stacks do what a test says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def _refusal(code: str, message: str) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": 400},
        },
        "DescribeStacks",
    )


@dataclass
class Stacks:
    """A boto3 client of CloudFormation, as far as a deployment asks it."""

    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    resources: list[dict[str, str]] = field(default_factory=list)
    called: list[tuple[str, Any]] = field(default_factory=list)
    fault: Exception | None = None

    def happens(
        self,
        stack: str,
        status: str,
        *,
        of: str = "",
        type_: str = "AWS::CloudFormation::Stack",
        reason: str = "",
        physical_id: str = "",
        after: int = 0,
    ) -> None:
        """Let a resource, or the stack itself, have a status; `after` are seconds."""
        id_ = f"arn:{stack}"
        if not of:
            self.found.setdefault(stack, {"StackId": id_})["StackStatus"] = status
        events = self.events.setdefault(stack, [])
        events.append(
            {
                "EventId": str(len(events)),
                "LogicalResourceId": of or stack,
                "PhysicalResourceId": physical_id or ("" if of else id_),
                "ResourceType": type_,
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
                "Timestamp": NOON + timedelta(seconds=after),
            }
        )

    def refuse(self, code: str, message: str) -> None:
        """Let every further look be refused."""
        self.fault = _refusal(code, message)

    def describe_stacks(self, StackName: str) -> Any:  # noqa: N803 - as boto3 has it
        if self.fault:
            raise self.fault
        name = StackName.removeprefix("arn:")
        if name not in self.found:
            raise _refusal("ValidationError", f"Stack with id {name} does not exist")
        return {"Stacks": [self.found[name]]}

    def describe_stack_events(self, StackName: str) -> Any:  # noqa: N803
        return {"StackEvents": self.events[StackName.removeprefix("arn:")][::-1]}

    def describe_stack_resources(self, **_: str) -> Any:
        return {"StackResources": self.resources}

    def get_paginator(self, _: str) -> Any:
        return SimpleNamespace(paginate=lambda **request: [self.describe_stack_events(**request)])

    def __getattr__(self, operation: str) -> Any:
        if operation not in {
            "cancel_update_stack",
            "delete_stack",
            "update_termination_protection",
        }:
            raise AttributeError(operation)
        return lambda **request: self.called.append((operation, request))


@pytest.fixture
def stacks() -> Stacks:
    return Stacks()


@pytest.fixture
def told() -> list[str]:
    return []
