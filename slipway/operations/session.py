"""Sessions in running tasks, by ECS Exec."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from slipway.release import Aws, ReleaseError, Target, TargetError
from slipway.release.errors import aws_errors
from slipway.release.live import primary_task_set
from slipway.release.target import short

_AGENT = "ExecuteCommandAgent"
_AT_ONCE = 100
"""Tasks that DescribeTasks takes."""


class SessionError(ReleaseError):
    """A task allows no session, or it isn't clear which is meant."""


@dataclass(frozen=True, kw_only=True)
class ServiceTask:
    """A task of a service, as far as a session is concerned."""

    arn: str
    status: str
    revision: str
    """``family:revision``."""
    is_live: bool
    """Whether production traffic reaches it."""
    started: datetime | None
    allows_sessions: bool
    """Whether ECS Exec was on when it was started."""
    agent: str
    """Status of the agent of ECS Exec, with ECS's reason if it has one."""
    runtime_id: str
    """Of its container: Systems Manager knows it by this."""

    @property
    def id(self) -> str:
        """The last part of its ARN."""
        return self.arn.rsplit("/", 1)[-1]

    @property
    def short(self) -> str:
        """How it is listed; the beginning of an id is enough to name it."""
        side = "live" if self.is_live else "not live"
        return f"{self.id[:8]} ({side}, {self.status})"


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session that ECS has opened."""

    answer: dict[str, str] = field(repr=False)
    """The ``session`` of ExecuteCommand's answer: sessionId, streamUrl, tokenValue."""
    target: str
    """What Systems Manager calls the container."""


def tasks(aws: Aws, target: Target) -> list[ServiceTask]:
    """Find the tasks of a service, of both sides during a release; the live ones first.

    Raises
    ------
    TargetError
        The service doesn't exist.
    AwsError
        AWS refuses or can't be reached.
    """
    live = (primary_task_set(aws, target) or {}).get("id")
    with aws_errors(f"list the tasks of {target.service}"):
        described = list(_described(aws, target))
    found = [_read(task, target.container, live) for task in described]
    return sorted(found, key=lambda each: (not each.is_live, each.status != "RUNNING", each.id))


def choose(found: Sequence[ServiceTask], target: Target, wanted: str | None) -> ServiceTask:
    """Choose the task that is meant: by the beginning of its id, or else a live one that runs.

    Raises
    ------
    TargetError
        There is none.
    SessionError
        It doesn't run, allows no session, or isn't the only one; says which there are.
    """
    if wanted is None:
        chosen = [each for each in found if each.is_live and each.status == "RUNNING"][:1]
        what = "live task that runs"
    else:
        chosen = [each for each in found if each.id.startswith(wanted.rsplit("/", 1)[-1])]
        what = f"task {wanted}"
    if not chosen:
        raise TargetError(f"{target.service} has no {what}{_list_of(found, target)}")
    if len(chosen) > 1:
        raise SessionError(f"Which task {wanted} is meant{_list_of(chosen, target)}")
    (task,) = chosen
    if task.status != "RUNNING":
        raise SessionError(f"Task {task.id} does not run{_list_of(found, target)}")
    if not task.allows_sessions:
        raise SessionError(
            f"ECS Exec is off for {target.service}: that was decided when the service was created "
            "(execute_command in its settings). Run a command in a task of its own instead: "
            f"{target.command('run', '-- COMMAND')}"
        )
    if not task.agent.startswith("RUNNING"):
        raise SessionError(
            f"The agent of ECS Exec in task {task.id} is {task.agent}: try again in a moment, or "
            "another task with --task"
        )
    return task


def begin(aws: Aws, target: Target, task: ServiceTask, command: Sequence[str]) -> Session:
    """Open a session that runs a command in a task.

    Raises
    ------
    SessionError
        The agent in the task can't be reached.
    AwsError
        AWS refuses or can't be reached.

    See https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html
    """
    with aws_errors(f"open a session in task {task.id}"):
        try:
            answer = aws.ecs.execute_command(
                cluster=target.cluster,
                task=task.arn,
                container=target.container,
                command=shlex.join(command),
                interactive=True,  # ECS has no other mode.
            )
        except aws.ecs.exceptions.TargetNotConnectedException as error:
            raise SessionError(
                f"The agent of ECS Exec in task {task.id} can't be reached: its task role must "
                "allow the ssmmessages actions, and its network must lead to Systems Manager. Try "
                "another task with --task"
            ) from error
    return Session(
        answer=dict(answer["session"]),
        target=f"ecs:{target.cluster}_{task.id}_{task.runtime_id}",
    )


def plugin_command(
    program: str, session: Session, *, region: str, profile: str, endpoint: str
) -> list[str]:
    """Write the command of ``session-manager-plugin`` as the AWS CLI does.

    See awscli/customizations/ecs/executecommand.py of https://github.com/aws/aws-cli, and
    https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html
    """
    return [
        program,
        json.dumps(session.answer),
        region,
        "StartSession",
        profile,
        json.dumps({"Target": session.target}),
        endpoint,
    ]


def _described(aws: Aws, target: Target) -> Iterator[dict[str, Any]]:
    pages = aws.ecs.get_paginator("list_tasks").paginate(
        cluster=target.cluster, serviceName=target.service
    )
    arns = [arn for page in pages for arn in page["taskArns"]]
    for first in range(0, len(arns), _AT_ONCE):
        some = arns[first : first + _AT_ONCE]
        yield from aws.ecs.describe_tasks(cluster=target.cluster, tasks=some)["tasks"]


def _read(task: dict[str, Any], container: str, live: str | None) -> ServiceTask:
    containers = {each["name"]: each for each in task["containers"]}
    described = containers.get(container, {})
    agents = {each["name"]: each for each in described.get("managedAgents", [])}
    agent = agents.get(_AGENT, {})
    reason = f" ({agent['reason']})" if agent.get("reason") else ""
    return ServiceTask(
        arn=task["taskArn"],
        status=task["lastStatus"],
        revision=short(task["taskDefinitionArn"]),
        # ECS notes the task set that has started a task.
        is_live=live is not None and task.get("startedBy") == live,
        started=task.get("startedAt"),
        allows_sessions=bool(task.get("enableExecuteCommand")),
        agent=f"{agent.get('lastStatus', 'not there')}{reason}",
        runtime_id=described.get("runtimeId", ""),
    )


def _list_of(found: Sequence[ServiceTask], target: Target) -> str:
    if not found:
        return f": it has none at all, see {target.command('status')}"
    return f"; there are {', '.join(each.short for each in found)}"
