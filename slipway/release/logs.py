"""What the service's tasks and its hooks have logged."""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from slipway.release import history
from slipway.release.aws import Aws
from slipway.release.diagnostics import LAMBDA_CHATTER
from slipway.release.errors import AwsError, aws_errors, code, is_transient
from slipway.release.target import Target

# A line may become readable a moment after a later one of another task: each look goes back.
_LATE = timedelta(seconds=30)
# More than the lines of so many seconds.
_REMEMBERED = 100_000


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """One line of a log."""

    time: datetime
    """In UTC."""
    log_group: str
    log_stream: str
    task: str | None
    """The id of the task that logged it; nothing of a hook."""
    container: str | None
    """The container that logged it; nothing of a hook."""
    hook: str | None
    """The lifecycle event of the hook that logged it; nothing of a task."""
    message: str
    """As it was logged, without the end of the line."""

    @property
    def source(self) -> str:
        """First eight characters of the task's id, or the lifecycle event of a hook."""
        return self.hook or (self.task or "")[:8]

    @property
    def text(self) -> str:
        """The message as a terminal may show it, that of a hook as a person reads it."""
        return printable(readable(self.message) if self.hook else self.message)


def task_lines(
    aws: Aws,
    target: Target,
    *,
    since: datetime,
    follow: bool = False,
    interval: timedelta = timedelta(seconds=2),
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[LogLine]:
    """Yield the lines of all of a service's tasks, those of both sides of a release, by time.

    Parameters
    ----------
    since
        The earliest line.
    follow
        Go on for ever with new lines.
    interval
        Time between two looks.

    Raises
    ------
    AwsError
        When AWS refuses or can't be reached.

    See https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
    """
    seen: set[str] = set()
    order: deque[str] = deque()
    began = since
    while True:
        looked = datetime.now(UTC)
        try:
            with aws_errors(f"read the log group {target.log_group}"):
                for event in _events(aws, target.log_group, began, f"{target.container}/"):
                    if event["eventId"] in seen:
                        continue
                    seen.add(event["eventId"])
                    order.append(event["eventId"])
                    # <prefix>/<container>/<task id>:
                    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
                    *_, container, task = str(event["logStreamName"]).split("/")
                    yield _line(event, target.log_group, task=task, container=container)
        except AwsError as error:
            if not (follow and isinstance(error.__cause__, Exception)):
                raise
            if not is_transient(error.__cause__):
                raise
        if not follow:
            return
        while len(order) > _REMEMBERED:
            seen.discard(order.popleft())
        began = max(since, looked - _LATE)
        sleep(interval.total_seconds())


def hook_lines(aws: Aws, target: Target) -> tuple[history.DeploymentRecord | None, list[LogLine]]:
    """Return the last deployment that has hooks, and what they logged, by time.

    CodeDeploy's own rollbacks have none: what a rollback undid is what one wants to read.

    Raises
    ------
    AwsError
        When AWS refuses or can't be reached.
    """
    last = next((each for each in history.recent(aws, target) if not each.is_automatic), None)
    if last is None or last.created is None:
        return last, []
    found: list[LogLine] = []
    for event_name, function in target.hooks.items():
        log_group = f"/aws/lambda/{function}"
        with aws_errors(f"read the log group {log_group}"):
            found += [
                _line(event, log_group, hook=event_name)
                for event in _events(aws, log_group, last.created)
                if _belongs(event["message"], last.id)
            ]
    return last, sorted(found, key=lambda line: line.time)


def _events(
    aws: Aws, log_group: str, since: datetime, streams: str | None = None
) -> Iterator[dict[str, Any]]:
    """Yield events by time; none where nobody has logged yet.

    ``streams`` is what the names of the streams begin with: a collector beside the service's
    container writes to others of the same group.
    """
    only = {"logStreamNamePrefix": streams} if streams else {}
    more: dict[str, str] = {}
    while True:
        try:
            page = aws.logs.filter_log_events(
                logGroupName=log_group, startTime=int(since.timestamp() * 1000), **only, **more
            )
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise
            return
        yield from page["events"]
        # A page may be empty and not be the last.
        if not page.get("nextToken"):
            return
        more = {"nextToken": page["nextToken"]}


def _line(
    event: dict[str, Any],
    log_group: str,
    *,
    task: str | None = None,
    container: str | None = None,
    hook: str | None = None,
) -> LogLine:
    return LogLine(
        time=datetime.fromtimestamp(event["timestamp"] / 1000, UTC),
        log_group=log_group,
        log_stream=event["logStreamName"],
        task=task,
        container=container,
        hook=hook,
        message=str(event["message"]).rstrip("\r\n"),
    )


# All control characters but the tab: a log must not steer the terminal that shows it.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]+")


def printable(text: str) -> str:
    """Take out of a line whatever a terminal would obey; colours go, too."""
    return _CONTROL.sub(" ", re.sub(r"\x1b\[[0-9;]*m", "", text).rstrip())


def _entry(message: str) -> dict[str, Any]:
    try:
        entry = json.loads(message)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _belongs(message: str, deployment_id: str) -> bool:
    """Whether a line is of this deployment: another one's may run at the same function."""
    if not message.strip() or message.startswith(LAMBDA_CHATTER):
        return False
    return bool(_entry(message).get("deployment_id", deployment_id) == deployment_id)


def has_passed(message: str) -> bool:
    """Whether a line of a hook tells of a check that passed."""
    return bool(_entry(message).get("outcome") == "passed")


def readable(message: str) -> str:
    """Put a hook's JSON as a person reads it; any other line stays."""
    entry = _entry(message)
    if "deployment_id" not in entry:
        return message
    check, outcome, detail = (str(entry.get(key, "")) for key in ("check", "outcome", "detail"))
    took = f" ({entry['duration_ms']} ms)" if "duration_ms" in entry else ""
    return f"{check} {outcome}: {detail}{took}" if detail else f"{check} {outcome}{took}"
