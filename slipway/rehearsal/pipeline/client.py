"""The pipeline as people see it: through its API, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from slipway.rehearsal.errors import RehearsalError

_LOOK = timedelta(seconds=1)
_SIGN_OF_LIFE = timedelta(seconds=10)
_LOG_LINES = 60
_TOLD_LINES = 12
# What CodeBuild says itself; the rest is what the commands said.
_OF_THE_BUILD = "[Container]"

ENDED = frozenset({"Succeeded", "Failed", "Cancelled", "Superseded", "Stopped"})
"""The states in which an execution goes no further by itself.

https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecution.html
"""


@dataclass(frozen=True)
class Approval:
    """Somebody is asked."""

    stage: str
    action: str
    token: str


@dataclass(frozen=True)
class FailedAction:
    """An action that failed, and what is known of why."""

    stage: str
    action: str
    message: str
    log: tuple[str, ...] = ()
    """The last lines of its build's log."""

    def __str__(self) -> str:
        said = [line for line in self.log if not line.startswith(_OF_THE_BUILD)]
        lines = "".join(f"\n  | {line}" for line in said[-_TOLD_LINES:])
        return f"{self.stage}, {self.action}: {self.message}{lines}"


class Pipeline:
    """A pipeline of CodePipeline.

    Parameters
    ----------
    client
        Makes the boto3 client of a service, in the pipeline's account and region.
    name
        The pipeline's.
    tell
        Told in a sentence what it does.
    look
        Called each time before the pipeline is asked; what it raises ends the waiting.
    """

    def __init__(
        self,
        client: Callable[[str], Any],
        name: str,
        *,
        tell: Callable[[str], None] = lambda _: None,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self._codepipeline = client("codepipeline")
        self._codebuild = client("codebuild")
        self._logs = client("logs")
        self._tell = tell
        self._look = look
        self._told: set[str] = set()
        """The runs of actions whose failure was told."""

    def executions(self) -> list[dict[str, Any]]:
        """Return the summaries of all executions, the earliest first."""
        pages = self._codepipeline.get_paginator("list_pipeline_executions").paginate(
            pipelineName=self.name
        )
        found = [each for page in pages for each in page["pipelineExecutionSummaries"]]
        return found[::-1]

    def execution(self, id_: str) -> dict[str, Any]:
        """Return the summary of one execution."""
        return next(each for each in self.executions() if each["pipelineExecutionId"] == id_)

    def actions(self, execution: str) -> list[dict[str, Any]]:
        """Return what is known of each action that an execution ran, the earliest first.

        https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionExecutionDetail.html
        """
        pages = self._codepipeline.get_paginator("list_action_executions").paginate(
            pipelineName=self.name, filter={"pipelineExecutionId": execution}
        )
        found = [each for page in pages for each in page["actionExecutionDetails"]]
        return sorted(found, key=lambda each: each["startTime"])

    def definition(self, version: int | None = None) -> dict[str, Any]:
        """Return the pipeline's structure, of a version or of now."""
        which = {} if version is None else {"version": version}
        found: dict[str, Any] = self._codepipeline.get_pipeline(name=self.name, **which)
        return found["pipeline"]  # type: ignore[no-any-return]

    def version(self) -> int:
        """Return the version of the pipeline's structure."""
        return int(self.definition()["version"])

    def wait_for_execution(self, known: Sequence[str], within: timedelta) -> str:
        """Wait for an execution that is none of those that are known, and return its id.

        Raises
        ------
        RehearsalError
            None has begun in time.
        """
        deadline = time.monotonic() + within.total_seconds()
        while time.monotonic() < deadline:
            self._look()
            for each in self.executions():
                if each["pipelineExecutionId"] not in known:
                    return str(each["pipelineExecutionId"])
            time.sleep(_LOOK.total_seconds() / 2)
        raise RehearsalError(
            f"{self.name}: no execution has begun in {within.total_seconds():.0f} s"
        )

    def follow(
        self,
        execution: str,
        *,
        within: timedelta,
        until: Callable[[], bool] = lambda: False,
    ) -> str:
        """Wait until an execution ends, somebody is asked, or something else is so.

        Parameters
        ----------
        execution
            Its id.
        within
            How long it may take.
        until
            What ends the waiting, too.

        Returns
        -------
        str
            The execution's status.

        Raises
        ------
        RehearsalError
            It takes longer.
        """
        deadline = time.monotonic() + within.total_seconds()
        running: tuple[str, ...] = ()
        told = time.monotonic()
        while True:
            self._look()
            status = str(self.execution(execution)["status"])
            actions = self.actions(execution)
            now = tuple(_running(actions))
            for each in actions:
                if each["status"] == "Failed" and each["actionExecutionId"] not in self._told:
                    self._told.add(each["actionExecutionId"])
                    self._tell(f"{_name(each)} failed: {error_of(each) or 'no reason is given'}")
            changed = now != running
            if changed or time.monotonic() - told >= _SIGN_OF_LIFE.total_seconds():
                if now:
                    self._tell(("" if changed else "... ") + ", ".join(now))
                running, told = now, time.monotonic()
            if status in ENDED or self._approval_of(actions) or until():
                return status
            if time.monotonic() > deadline:
                raise RehearsalError(
                    f"{self.name}: {execution} takes longer than {within.total_seconds():.0f} s; "
                    f"it is at {', '.join(now) or 'no action'}"
                )
            time.sleep(_LOOK.total_seconds())

    def approval(self, execution: str) -> Approval | None:
        """Return who is asked in an execution; None where nobody is."""
        return self._approval_of(self.actions(execution))

    def answer(self, approval: Approval, *, agree: bool, words: str) -> None:
        """Approve, or reject."""
        self._codepipeline.put_approval_result(
            pipelineName=self.name,
            stageName=approval.stage,
            actionName=approval.action,
            token=approval.token,
            result={"status": "Approved" if agree else "Rejected", "summary": words},
        )

    def retry(self, execution: str, stage: str) -> None:
        """Run the failed actions of a stage again."""
        self._codepipeline.retry_stage_execution(
            pipelineName=self.name,
            stageName=stage,
            pipelineExecutionId=execution,
            retryMode="FAILED_ACTIONS",
        )

    def failures(self, execution: str) -> list[FailedAction]:
        """Say of each action whose latest run failed why it did."""
        latest = {(each["stageName"], each["actionName"]): each for each in self.actions(execution)}
        return [
            FailedAction(
                stage=stage,
                action=action,
                message=error_of(each) or "no reason is given",
                log=self._log_of(each),
            )
            for (stage, action), each in latest.items()
            if each["status"] == "Failed"
        ]

    def _approval_of(self, actions: Sequence[Mapping[str, Any]]) -> Approval | None:
        """Find who is asked, once there is a token to answer with."""
        for asked in actions:
            if asked["status"] != "InProgress" or kind_of(asked) != "Manual":
                continue
            state = self._codepipeline.get_pipeline_state(name=self.name)
            for stage in state["stageStates"]:
                for action in stage["actionStates"]:
                    place = (stage["stageName"], action["actionName"])
                    token = action.get("latestExecution", {}).get("token")
                    if token and place == (asked["stageName"], asked["actionName"]):
                        return Approval(*place, token)
        return None

    def _log_of(self, action: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the end of a build's log."""
        build = action.get("output", {}).get("executionResult", {}).get("externalExecutionId")
        if kind_of(action) != "CodeBuild" or not build:
            return ()
        found = self._codebuild.batch_get_builds(ids=[build])["builds"]
        where = found[0].get("logs", {}) if found else {}
        if not where.get("streamName"):
            return ()
        events = self._logs.get_log_events(
            logGroupName=where["groupName"], logStreamName=where["streamName"], limit=_LOG_LINES
        )["events"]
        return tuple(event["message"].rstrip() for event in events[-_LOG_LINES:])


def kind_of(action: Mapping[str, Any]) -> str:
    """Name the provider of an action, such as ``CodeBuild`` or ``CloudFormation``."""
    return str(action["input"]["actionTypeId"]["provider"])


def error_of(action: Mapping[str, Any]) -> str | None:
    """Say why an action failed; None where nothing is known, or it didn't."""
    result = action.get("output", {}).get("executionResult", {})
    message = result.get("errorDetails", {}).get("message")
    return message or (
        result.get("externalExecutionSummary") if action["status"] == "Failed" else None
    )


def _running(actions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    return (_name(each) for each in actions if each["status"] == "InProgress")


def _name(action: Mapping[str, Any]) -> str:
    return f"{action['stageName']}: {action['actionName']}"
