"""Follow a deployment: everything that changes, as it changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from botocore.exceptions import BotoCoreError, ClientError

from slipway.release import diagnostics
from slipway.release.aws import Aws
from slipway.release.deployment import Deployment
from slipway.release.errors import AwsError, aws_errors, is_transient
from slipway.release.observation import LifecycleEvent, TaskSet, View, look
from slipway.release.render import HOOK_EVENTS
from slipway.release.target import Target


class Until(StrEnum):
    """When to stop watching."""

    SHIFTED = "shifted"
    """All traffic is on green and the last hook has passed; only the termination wait is left.

    A deployment that waits for approval is followed until it gets it, or doesn't.
    """
    FINISHED = "finished"


class Kind(StrEnum):
    """What a progress event tells."""

    STATUS = "status"
    LIFECYCLE = "lifecycle"
    TRAFFIC = "traffic"
    TASKS = "tasks"
    APPROVAL = "approval"
    TASK_STOPPED = "task-stopped"
    DIAGNOSTICS = "diagnostics"
    SHIFTED = "shifted"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One change, with the whole picture at that moment."""

    kind: Kind
    time: datetime
    message: str
    """One line for people."""
    deployment_status: str
    lifecycle_event: str | None = None
    lifecycle_status: str | None = None
    blue: TaskSet | None = None
    green: TaskSet | None = None
    details: tuple[str, ...] = ()
    """Further lines: the hook's last log lines."""


@dataclass(kw_only=True)
class _Told:
    """What the watcher was told already."""

    status: str = ""
    events: dict[str, str] = field(default_factory=dict)
    traffic: tuple[float, float] | None = None
    tasks: tuple[int, int, int, int] | None = None
    stopped: set[str] = field(default_factory=set)
    approval: bool = False
    shifted: bool = False


def watch(
    aws: Aws,
    deployment: Deployment,
    *,
    until: Until = Until.FINISHED,
    interval: timedelta = timedelta(seconds=5),
    patience: timedelta = timedelta(minutes=5),
    seen: Callable[[View], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Progress]:
    """Yield what changes in a deployment until it is final, or until traffic has shifted.

    Ask `slipway.release.result` how it ended. An automatic rollback is a deployment of its own.

    Parameters
    ----------
    until
        ``SHIFTED`` ends before the termination wait, during which blue can still come back.
    interval
        Time between two looks.
    patience
        How long throttling and network faults are borne before giving up the watch.
    seen
        Gets what each look saw, changed or not, before its changes are told.

    Raises
    ------
    AwsError
        When AWS refuses, or can't be reached for longer than `patience`; the deployment itself
        goes on.
    """
    told = _Told()
    lost_since: float | None = None
    while True:
        try:
            view = look(aws, deployment.id, deployment.target)
        except (ClientError, BotoCoreError) as error:
            if not is_transient(error):
                with aws_errors(f"follow the deployment {deployment.id}"):
                    raise
            lost_since = lost_since or time.monotonic()
            if time.monotonic() - lost_since >= patience.total_seconds():
                raise AwsError(
                    f"Lost sight of the deployment {deployment.id} ({error}), which goes on "
                    f"without us: look again with {deployment.target.command('watch')}"
                ) from error
            sleep(interval.total_seconds())
            continue
        lost_since = None
        seen(view)
        yield from _changes(aws, deployment, view, told)
        if view.is_final or (until is Until.SHIFTED and view.is_shifted):
            return
        sleep(interval.total_seconds())


def _changes(aws: Aws, deployment: Deployment, view: View, told: _Told) -> Iterator[Progress]:
    if view.status != told.status and not view.is_final:
        yield _status(deployment, view, told)
    for event in view.events:
        changed = told.events.get(event.name) != event.status
        told.events[event.name] = event.status
        if changed and event.status in {"InProgress", "Succeeded", "Failed"}:
            yield _progress(
                Kind.LIFECYCLE,
                view,
                f"{event.name} {_IN_WORDS[event.status]}",
                event=event,
                at=event.began if event.status == "InProgress" else event.ended,
            )
        if event.name == "Install" and event.status in {"InProgress", "Failed"}:
            yield from _stopped_tasks(aws, deployment, view, event, told)
        if changed and event.status == "Failed":
            yield _diagnosis(aws, deployment, view, event)
    yield from _sides(view, told)
    if view.waits_for_approval and not told.approval:
        told.approval = True
        yield _progress(Kind.APPROVAL, view, _approval(deployment.target, view))
    if view.is_shifted and not view.is_final and not told.shifted:
        told.shifted = True
        ends = f", {view.termination_wait_ends:%H:%M %Z}" if view.termination_wait_ends else ""
        message = f"All traffic is on green; blue stays until the termination wait ends{ends}"
        yield _progress(Kind.SHIFTED, view, message)
    if view.status != told.status:
        yield _status(deployment, view, told)


def _approval(target: Target, view: View) -> str:
    in_time = f"; it is stopped after {view.approval_ends:%H:%M %Z}" if view.approval_ends else ""
    return (
        f"Green waits for approval, and no client sees it: {target.command('approve')}, or "
        f"{target.command('reject')}{in_time}"
    )


def _sides(view: View, told: _Told) -> Iterator[Progress]:
    blue, green = view.blue, view.green
    if not blue or not green:
        return
    tasks = (blue.running, blue.desired, green.running, green.desired)
    if tasks != told.tasks:
        told.tasks = tasks
        message = "Tasks: {} of {} blue, {} of {} green running".format(*tasks)
        yield _progress(Kind.TASKS, view, message)
    traffic = (blue.traffic_percent, green.traffic_percent)
    if traffic != told.traffic:
        told.traffic = traffic
        message = "Traffic: {:g} % blue, {:g} % green".format(*traffic)
        yield _progress(Kind.TRAFFIC, view, message)


def _stopped_tasks(
    aws: Aws, deployment: Deployment, view: View, install: LifecycleEvent, told: _Told
) -> Iterator[Progress]:
    found = diagnostics.stopped_tasks(aws, deployment.target, install.began, told.stopped)
    for arn, reason in list(found):
        told.stopped.add(arn)
        message = f"Task {arn.rsplit('/', 1)[-1]} stopped: {reason}"
        yield _progress(Kind.TASK_STOPPED, view, message, event=install)


def _diagnosis(aws: Aws, deployment: Deployment, view: View, event: LifecycleEvent) -> Progress:
    details: tuple[str, ...] = ()
    function_name = deployment.target.hooks.get(event.name)
    if event.name in HOOK_EVENTS and function_name:
        details = diagnostics.hook_log_lines(aws, function_name, event.began)
    why = event.diagnosis or view.error or "CodeDeploy gives no reason"
    return _progress(
        Kind.DIAGNOSTICS,
        view,
        f"{event.name} failed: {why}",
        event=event,
        at=event.ended,
        details=details,
    )


def _status(deployment: Deployment, view: View, told: _Told) -> Progress:
    # Who comes late is told in the order in which things happened.
    at = None if told.status or view.is_final else view.created
    told.status = view.status
    why = f" ({view.error})" if view.error and view.is_final else ""
    return _progress(Kind.STATUS, view, f"Deployment {deployment.id}: {view.status}{why}", at=at)


_IN_WORDS = {"InProgress": "begins", "Succeeded": "succeeded", "Failed": "failed"}


def _progress(
    kind: Kind,
    view: View,
    message: str,
    *,
    event: LifecycleEvent | None = None,
    at: datetime | None = None,
    details: tuple[str, ...] = (),
) -> Progress:
    return Progress(
        kind=kind,
        time=at or datetime.now(UTC),
        message=message,
        deployment_status=view.status,
        lifecycle_event=event.name if event else None,
        lifecycle_status=event.status if event else None,
        blue=view.blue,
        green=view.green,
        details=details,
    )
