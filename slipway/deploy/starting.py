"""Watch the tasks of services that CloudFormation creates: it would wait for them for hours.

CloudFormation ends the creation of a service when as many tasks run as are wanted, and waits three
hours for that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from slipway.deploy.following import Following, Stack
from slipway.release import Aws
from slipway.release.diagnostics import stop_reason
from slipway.release.errors import is_transient
from slipway.release.logs import printable

_SERVICE = "AWS::ECS::Service"
_LAST_LINES = 5


class NotStartingError(Exception):
    """A new service's tasks don't start; the message is one line."""

    def __init__(self, stack: Stack, why: str) -> None:
        super().__init__(why)
        self.stack = stack


@dataclass(frozen=True, kw_only=True)
class Patience:
    """For how long a new service may try."""

    time: timedelta
    """Since CloudFormation began with it."""
    failures: int
    """How many tasks may have stopped: none of a service that is well does."""


@dataclass
class _Trying:
    """What was seen of a new service."""

    since: float = field(default_factory=time.monotonic)
    stopped: set[str] = field(default_factory=set)
    reasons: dict[str, None] = field(default_factory=dict)
    told: str = ""


class Starting:
    """The services that are being created, and why their tasks stop.

    Parameters
    ----------
    aws
        The clients.
    cluster
        The ECS cluster.
    services
        The service in each stack, and its log group.
    tell
        Told in a sentence why tasks stop, each reason once.
    """

    def __init__(
        self,
        aws: Aws,
        cluster: str,
        services: Mapping[str, tuple[str, str]],
        *,
        patience: Patience,
        tell: Callable[[str], None],
    ) -> None:
        self._aws = aws
        self._cluster = cluster
        self._services = services
        self._patience = patience
        self._tell = tell
        self._trying: dict[str, _Trying] = {}

    def look(self, following: Following) -> None:
        """Look at the tasks of each service that is being created now.

        Raises
        ------
        NotStartingError
            One of them has tried for long enough.
        """
        for name, (service, log_group) in self._services.items():
            stack = following.stacks[name]
            began = _creation(stack)
            if began is None:
                self._trying.pop(service, None)
                continue
            trying = self._trying.setdefault(service, _Trying())
            try:
                self._tell_of_stopped(service, log_group, trying, began)
                self._tell_of_the_service(service, trying)
            except (ClientError, BotoCoreError) as error:
                # Not there yet, or not to be asked now: CloudFormation goes on without us.
                if not (isinstance(error, ClientError) or is_transient(error)):
                    raise
            self._judge(service, stack, trying)

    def _tell_of_stopped(
        self, service: str, log_group: str, trying: _Trying, began: datetime
    ) -> None:
        """See https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html."""
        ecs = self._aws.ecs
        arns = ecs.list_tasks(cluster=self._cluster, serviceName=service, desiredStatus="STOPPED")[
            "taskArns"
        ]
        new = [arn for arn in arns if arn not in trying.stopped]
        if not new:
            return
        for task in ecs.describe_tasks(cluster=self._cluster, tasks=new)["tasks"]:
            # ECS remembers for an hour what an earlier service of this name has stopped.
            if task.get("lastStatus") != "STOPPED" or task.get("createdAt", began) < began:
                continue
            trying.stopped.add(task["taskArn"])
            reason = stop_reason(task)
            if reason in trying.reasons:
                continue
            trying.reasons[reason] = None
            self._tell(f"{service}: a task stopped: {reason}")
            for line in self._last_lines(log_group, task["taskArn"].rsplit("/", 1)[-1]):
                self._tell(f"  | {line}")

    def _tell_of_the_service(self, service: str, trying: _Trying) -> None:
        """Say what ECS says of it, such as that no instance has room."""
        found = self._aws.ecs.describe_services(cluster=self._cluster, services=[service])[
            "services"
        ]
        said = next((event["message"] for each in found for event in each.get("events", ())), "")
        if "unable" in said and said != trying.told:
            trying.told = said
            self._tell(f"{service}: {said}")

    def _last_lines(self, log_group: str, task: str) -> list[str]:
        try:
            streams = self._aws.logs.describe_log_streams(
                logGroupName=log_group, orderBy="LastEventTime", descending=True, limit=50
            )["logStreams"]
            names = [each["logStreamName"] for each in streams]
            return [
                printable(event["message"])
                for name in names
                if name.endswith(f"/{task}")
                for event in self._aws.logs.get_log_events(
                    logGroupName=log_group,
                    logStreamName=name,
                    startFromHead=False,
                    limit=_LAST_LINES,
                )["events"][-_LAST_LINES:]
            ]
        except (ClientError, BotoCoreError):
            return []

    def _judge(self, service: str, stack: Stack, trying: _Trying) -> None:
        waited = timedelta(seconds=time.monotonic() - trying.since)
        why = next(iter(trying.reasons), trying.told or "ECS gives no reason")
        if len(trying.stopped) >= self._patience.failures:
            raise NotStartingError(
                stack, f"{service} doesn't start: {len(trying.stopped)} tasks stopped ({why})"
            )
        if waited >= self._patience.time:
            raise NotStartingError(
                stack, f"{service} doesn't start: given up after {_in_words(waited)} ({why})"
            )


def _creation(stack: Stack) -> datetime | None:
    """Tell since when a stack that creates its ECS service now is changed; None for another."""
    creates = any(
        type_ == _SERVICE and status == "CREATE_IN_PROGRESS"
        for type_, status in stack.resources.values()
    )
    return stack.began if stack.is_changing and creates else None


def _in_words(time: timedelta) -> str:
    seconds = round(time.total_seconds())
    return f"{seconds // 60} minutes" if seconds >= 120 else f"{seconds} s"
