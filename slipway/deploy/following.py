"""Follow the stacks of an environment while somebody deploys them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from slipway.release.errors import aws_errors, is_transient

STACK = "AWS::CloudFormation::Stack"
_CONSEQUENCES = ("Resource creation cancelled", "Resource update cancelled")
_QUIET = timedelta(seconds=15)


class Outcome(StrEnum):
    """What became of a stack."""

    UNCHANGED = "unchanged"
    CREATED = "created"
    UPDATED = "updated"
    FAILED = "failed"
    GIVEN_UP = "given up"
    """Its tasks didn't start, and it was taken back."""


@dataclass(frozen=True, kw_only=True)
class Followed:
    """What a deployment did to one stack."""

    name: str
    outcome: Outcome
    status: str
    """As CloudFormation has it: ``UPDATE_COMPLETE``; empty where there is no stack."""
    seconds: float
    """How long it was being changed; 0 where it wasn't."""
    reasons: tuple[str, ...]
    """Why it failed: a line for each resource that did."""


@dataclass
class Stack:
    """A stack at the last look."""

    name: str
    id: str = ""
    status: str = ""
    last_event: str = ""
    began: datetime | None = None
    ended: datetime | None = None
    creates: bool = False
    given_up: bool = False
    resources: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Type and status of each resource that has changed, by its logical id."""
    reasons: list[str] = field(default_factory=list)

    @property
    def is_changing(self) -> bool:
        """Whether CloudFormation is at it."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def is_gone(self) -> bool:
        """Whether it was deleted, or there is none yet."""
        return self.status in {"", "DELETE_COMPLETE"}

    @property
    def unfinished(self) -> tuple[str, ...]:
        """The resources that it waits for, by their logical ids."""
        return tuple(
            id_ for id_, (_, status) in self.resources.items() if status.endswith("_IN_PROGRESS")
        )


class Following:
    """The stacks of an environment, looked at from time to time.

    Parameters
    ----------
    cloudformation
        A boto3 client.
    names
        Of the stacks, in the order of their deployment.
    tell
        Told in a sentence what changes.
    interval
        The least time between two looks.

    Raises
    ------
    AwsError
        CloudFormation refuses or can't be reached.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events-by-operation.html
    """

    def __init__(
        self,
        cloudformation: Any,
        names: Iterable[str],
        *,
        tell: Callable[[str], None],
        interval: timedelta,
    ) -> None:
        self._cloudformation = cloudformation
        self._tell = tell
        self._interval = interval.total_seconds()
        self._looked = 0.0
        self._told = time.monotonic()
        self._lost = False
        self.stacks: Mapping[str, Stack] = {name: Stack(name) for name in names}
        with aws_errors("look at the stacks"):
            for stack in self.stacks.values():
                self._describe(stack)
                if stack.status:
                    stack.last_event = self._newest_event(stack)

    def look(self) -> None:
        """Look again, unless that was done a moment ago; throttling is waited out.

        Raises
        ------
        AwsError
            CloudFormation refuses.
        """
        if time.monotonic() - self._looked < self._interval:
            return
        try:
            for stack in self.stacks.values():
                self._update(stack)
        except (ClientError, BotoCoreError) as error:
            if not is_transient(error):
                with aws_errors("look at the stacks"):
                    raise
            if not self._lost:
                self._say("AWS throttles or can't be reached: the deployment goes on, so do we")
            self._lost = True
        else:
            self._lost = False
        self._looked = time.monotonic()
        if self._looked - self._told >= _QUIET.total_seconds():
            for stack in self.stacks.values():
                if stack.is_changing and stack.unfinished:
                    self._say(f"{stack.name}: waits for {_some(stack.unfinished)}")

    def look_now(self) -> None:
        """Look again, however short ago the last look was."""
        self._looked = 0.0
        self.look()

    def results(self) -> tuple[Followed, ...]:
        """Say what became of each stack."""
        return tuple(map(_result, self.stacks.values()))

    def _say(self, text: str) -> None:
        self._told = time.monotonic()
        self._tell(text)

    def _describe(self, stack: Stack) -> None:
        # A stack that is deleted answers to its id only.
        try:
            (found,) = self._cloudformation.describe_stacks(StackName=stack.id or stack.name)[
                "Stacks"
            ]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            stack.id = stack.status = ""
            return
        stack.id, stack.status = found["StackId"], found["StackStatus"]

    def _newest_event(self, stack: Stack) -> str:
        events = self._cloudformation.describe_stack_events(StackName=stack.id)["StackEvents"]
        return str(events[0]["EventId"]) if events else ""

    def _update(self, stack: Stack) -> None:
        if stack.status == "DELETE_COMPLETE" and not stack.given_up:
            # The CDK deletes what never came to be, and makes it anew under the same name.
            stack.id = ""
        self._describe(stack)
        if not stack.id or stack.status == "REVIEW_IN_PROGRESS":
            return
        for event in self._new_events(stack):
            if event["ResourceType"] == STACK and event["PhysicalResourceId"] == stack.id:
                self._tell_of_stack(stack, event)
            else:
                self._tell_of_resource(stack, event)

    def _new_events(self, stack: Stack) -> Iterator[Mapping[str, Any]]:
        """Yield what has happened since the last look, the oldest first."""
        new: list[Mapping[str, Any]] = []
        pages = self._cloudformation.get_paginator("describe_stack_events")
        for page in pages.paginate(StackName=stack.id):
            for event in page["StackEvents"]:
                if event["EventId"] == stack.last_event:
                    break
                new.append(event)
            else:
                continue
            break
        if new:
            stack.last_event = str(new[0]["EventId"])
        yield from reversed(new)

    def _tell_of_stack(self, stack: Stack, event: Mapping[str, Any]) -> None:
        status, when = str(event["ResourceStatus"]), event["Timestamp"]
        if status in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}:
            stack.began, stack.ended, stack.creates = when, None, status.startswith("CREATE")
            stack.resources.clear()
            self._say(f"{stack.name}: {'being created' if stack.creates else 'being updated'}")
        elif status == "REVIEW_IN_PROGRESS" or stack.began is None:
            return
        elif status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            stack.ended = when
            seconds = round((when - stack.began).total_seconds())
            done = "created" if stack.creates else "updated"
            self._say(f"{stack.name}: {done} in {seconds} s")
        elif status in {"ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"}:
            self._say(f"{stack.name}: goes back to what it was")
        elif status == "DELETE_IN_PROGRESS":
            self._say(f"{stack.name}: being deleted")
        elif status.endswith(("_FAILED", "ROLLBACK_COMPLETE", "DELETE_COMPLETE")):
            stack.ended = when
            self._say(f"{stack.name}: {status}")

    def _tell_of_resource(self, stack: Stack, event: Mapping[str, Any]) -> None:
        id_, type_ = event["LogicalResourceId"], event["ResourceType"]
        status = event["ResourceStatus"]
        stack.resources[id_] = (type_, status)
        reason = " ".join(event.get("ResourceStatusReason", "").split())
        if status.endswith("_FAILED") and not reason.startswith(_CONSEQUENCES):
            line = f"{id_} ({type_}): {reason or status}"
            stack.reasons.append(line)
            self._say(f"{stack.name}: {line}")


def _result(stack: Stack) -> Followed:
    if stack.given_up:
        outcome = Outcome.GIVEN_UP
    elif stack.began is None:
        outcome = Outcome.UNCHANGED
    elif stack.status == "CREATE_COMPLETE":
        outcome = Outcome.CREATED
    elif stack.status in {"UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"}:
        outcome = Outcome.UPDATED
    else:
        outcome = Outcome.FAILED
    until = stack.ended or datetime.now(UTC)
    return Followed(
        name=stack.name,
        outcome=outcome,
        status=stack.status,
        seconds=(until - stack.began).total_seconds() if stack.began else 0,
        reasons=tuple(stack.reasons),
    )


def _some(ids: tuple[str, ...], most: int = 3) -> str:
    shown = ", ".join(ids[:most])
    return f"{shown} and {len(ids) - most} more" if len(ids) > most else shown
