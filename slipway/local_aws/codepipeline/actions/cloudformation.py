"""Deploy by CloudFormation: a change set is made, and later executed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-action-reference.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from slipway.local_aws.cloudformation.handed_over import handed_over
from slipway.local_aws.codepipeline.action import (
    ActionAbandoned,
    ActionFailed,
    ActionResult,
    ActionRun,
    ActionType,
    Credentials,
)
from slipway.local_aws.codepipeline.actions.acting import (
    client,
    credentials_of,
    read_input,
    reason_of,
)

REPLACE, EXECUTE = "CHANGE_SET_REPLACE", "CHANGE_SET_EXECUTE"

_INTERVAL_SECONDS = 0.25
# What CloudFormation says of a change set without changes.
_EMPTY = ("didn't contain changes", "No updates are to be performed")
_NEW = ("REVIEW_IN_PROGRESS", "DELETE_COMPLETE")
# A stack whose creation was rolled back can only be deleted; CHANGE_SET_REPLACE does not, as
# REPLACE_ON_FAILURE would.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
_UPDATABLE = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
)
_LARGEST_IN_REQUEST = 51_200
"""Bytes of a template.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""


class ChangeSetAction:
    """Makes a change set of a template in an artifact, or executes one."""

    type = ActionType("Deploy", "CloudFormation")
    required = frozenset({"ActionMode", "StackName", "ChangeSetName"})
    optional = frozenset({"Capabilities", "RoleArn", "TemplatePath"})

    def problem(self, configuration: Mapping[str, str]) -> str | None:
        """Refuse the modes without a change set, and a path that names no artifact."""
        mode = configuration["ActionMode"]
        if mode not in (REPLACE, EXECUTE):
            return f"ActionMode {mode} is not carried out here: only {REPLACE} and {EXECUTE}"
        if mode == REPLACE:
            missing = sorted({"RoleArn", "TemplatePath"} - set(configuration))
            if missing:
                return f"{REPLACE} needs {' and '.join(missing)}"
            if "::" not in configuration["TemplatePath"]:
                return "TemplatePath is ARTIFACT::PATH"
        return None

    def run(self, run: ActionRun) -> ActionResult:
        """Carry the mode out with the credentials of the action's role."""
        configuration = run.declaration.configuration
        credentials = credentials_of(run)
        stack = _Stack(
            run,
            credentials,
            client(run, "cloudformation", credentials),
            configuration["StackName"],
            configuration["ChangeSetName"],
        )
        try:
            if configuration["ActionMode"] == REPLACE:
                stack.replace_change_set()
            else:
                stack.execute()
        except ClientError as error:
            raise ActionFailed(f"The stack {stack.name}: {reason_of(error)}") from error
        return ActionResult()


@dataclass(frozen=True)
class _Stack:
    run: ActionRun
    credentials: Credentials
    cloudformation: Any
    name: str
    change_set: str

    def replace_change_set(self) -> None:
        """Delete the change set if it exists, then make a new one and wait for it."""
        configuration = self.run.declaration.configuration
        artifact, _, path = configuration["TemplatePath"].partition("::")
        template = read_input(self.run, self.credentials, artifact, path)
        found = self._describe()
        status = found["StackStatus"] if found else _NEW[0]
        if status not in (*_NEW, *_UPDATABLE):
            hint = ": its creation failed; delete it, then retry"
            raise ActionFailed(
                f"The stack {self.name} is in {status} state and can not be updated"
                + (hint if status == "ROLLBACK_COMPLETE" else "")
            )
        if found:
            self.cloudformation.delete_change_set(
                StackName=self.name, ChangeSetName=self.change_set
            )
        capabilities = [each.strip() for each in configuration.get("Capabilities", "").split(",")]
        with _given(template) as given:
            made = self.cloudformation.create_change_set(
                StackName=self.name,
                ChangeSetName=self.change_set,
                ChangeSetType="CREATE" if status in _NEW else "UPDATE",
                Capabilities=[each for each in capabilities if each],
                RoleARN=configuration["RoleArn"],
                **given,
            )
        self.run.tell(external_execution_id=made["Id"])
        described = self._wait_for_change_set()
        if described["Status"] == "CREATE_COMPLETE":
            self.run.tell(summary=f"Change set {self.change_set} was created.")
        elif _is_empty(described):
            self.run.tell(summary=f"Change set {self.change_set} has no changes.")
        else:
            raise ActionFailed(
                f"The change set {self.change_set} of the stack {self.name} failed: "
                f"{described.get('StatusReason')}"
            )

    def execute(self) -> None:
        """Execute the change set, and wait for the stack's end; without changes do nothing."""
        described = self._describe_change_set()
        if _is_empty(described):
            self.run.tell(summary=f"Change set {self.change_set} has no changes to execute.")
            return
        last_event = self._events()[:1]
        self.cloudformation.execute_change_set(StackName=self.name, ChangeSetName=self.change_set)
        self.run.tell(external_execution_id=described["ChangeSetId"])
        while (status := self._status()).endswith("_IN_PROGRESS"):
            self._pause()
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            reason = self._first_failure(last_event[0]["EventId"] if last_event else "")
            raise ActionFailed(f"The stack {self.name} is {status}: {reason}")
        self.run.tell(summary=f"Stack {self.name} is {status}.")

    def _wait_for_change_set(self) -> dict[str, Any]:
        while (described := self._describe_change_set())["Status"] in (
            "CREATE_PENDING",
            "CREATE_IN_PROGRESS",
        ):
            self._pause()
        return described

    def _describe_change_set(self) -> dict[str, Any]:
        found: dict[str, Any] = self.cloudformation.describe_change_set(
            StackName=self.name, ChangeSetName=self.change_set
        )
        return found

    def _describe(self) -> dict[str, Any] | None:
        try:
            stacks = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        found: dict[str, Any] = stacks[0]
        return found

    def _status(self) -> str:
        found = self._describe()
        return str(found["StackStatus"]) if found else "DELETE_COMPLETE"

    def _events(self) -> list[dict[str, Any]]:
        """Return the newest events of the stack, the latest first."""
        answer = self.cloudformation.describe_stack_events(StackName=self.name)
        events: list[dict[str, Any]] = answer["StackEvents"]
        return events

    def _first_failure(self, last_before: str) -> str:
        """Return what failed first since an event: which resource, and why."""
        pages = self.cloudformation.get_paginator("describe_stack_events").paginate(
            StackName=self.name
        )
        first = "no event says why"
        for event in (event for page in pages for event in page["StackEvents"]):
            if event["EventId"] == last_before:
                break
            if event["ResourceStatus"].endswith("_FAILED"):
                reason = event.get("ResourceStatusReason", "no reason given")
                first = f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"
        return first

    def _pause(self) -> None:
        if self.run.abandoned.wait(_INTERVAL_SECONDS):
            raise ActionAbandoned(f"nobody waits for the stack {self.name} any more")


@contextmanager
def _given(template: str) -> Iterator[dict[str, str]]:
    """Hand a template over as text; one that is too large for that, by its place."""
    if len(template.encode()) <= _LARGEST_IN_REQUEST:
        yield {"TemplateBody": template}
        return
    with handed_over(template) as url:
        yield {"TemplateURL": url}


def _is_empty(change_set: Mapping[str, Any]) -> bool:
    reason = change_set.get("StatusReason") or ""
    return change_set["Status"] == "FAILED" and any(phrase in reason for phrase in _EMPTY)
