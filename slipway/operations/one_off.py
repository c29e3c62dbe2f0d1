"""One-off tasks: a command with a service's image, environment, secrets and network.

They are the admin processes of the twelve factors: of the same release as what serves, beside it.
No load balancer knows them, and the service doesn't count them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipway.operations.output import Log
from slipway.operations.placement import explain
from slipway.release import Aws, ReleaseError, Target, TargetError
from slipway.release.diagnostics import stop_reason
from slipway.release.errors import aws_errors
from slipway.release.live import live_task_set
from slipway.release.render import refuse_unreleasable_images
from slipway.release.target import short

_LONGEST_STARTED_BY = 128


class OneOffError(ReleaseError):
    """A one-off task didn't start, or its end is not known."""


@dataclass(frozen=True, kw_only=True)
class OneOffTask:
    """A task that runs, or has run, one command."""

    task: str
    """Its id."""
    service: str
    """Whose image, environment, secrets and network it has."""
    cluster: str
    revision: str
    """``family:revision`` of its task definition."""
    command: tuple[str, ...]
    started_by: str
    """Who started it, as ECS has it."""
    status: str
    """As ECS has it: PROVISIONING, PENDING, RUNNING, STOPPED, or between these."""
    exit_code: int | None
    """Of the command; None as long as it runs, and where it never began."""
    stop_code: str | None
    """Why it stopped, in a word: EssentialContainerExited where the command just ended."""
    reason: str | None
    """Why it stopped, in one line; None as long as it runs."""
    created: datetime | None
    started: datetime | None
    """When the command began."""
    stopped: datetime | None
    log_group: str | None
    """Where its output is kept; None where its log driver isn't awslogs."""
    log_stream: str | None


@dataclass(frozen=True, kw_only=True)
class Size:
    """What a task gets instead of what its definition says."""

    cpu_units: int | None = None
    memory_mib: int | None = None


@dataclass(frozen=True, kw_only=True)
class OneOff:
    """A one-off task that was started, and where to ask about it."""

    arn: str
    target: Target
    revision: str
    """ARN of its task definition."""
    command: tuple[str, ...]
    started_by: str
    log: Log | None

    @property
    def id(self) -> str:
        """The last part of its ARN."""
        return self.arn.rsplit("/", 1)[-1]


def live_revision(aws: Aws, target: Target) -> str:
    """Return the ARN of the revision that serves production traffic.

    Raises
    ------
    TargetError
        Nothing is live yet.
    AwsError
        AWS refuses or can't be reached.
    """
    live = live_task_set(aws, target)
    if live is None:
        raise TargetError(
            f"Nothing of {target.service} is live: release it first, or run what its stack wants "
            "with --wanted"
        )
    return live.revision


def start(
    aws: Aws,
    target: Target,
    command: Sequence[str],
    *,
    revision: str,
    who: str,
    size: Size = Size(),
) -> OneOff:
    """Start a command as a task of its own.

    Parameters
    ----------
    command
        Program and arguments, in place of the image's own.
    revision
        ARN of the task definition.
    who
        The person or program that starts it; ECS keeps the name.

    Raises
    ------
    OneOffError
        ECS has no place for it, or its revision can't run any more.
    ImageError
        An image of the revision was never built.
    AwsError
        AWS refuses or can't be reached.

    See https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    """
    with aws_errors(f"read the task definition {short(revision)}"):
        definition = aws.ecs.describe_task_definition(taskDefinition=revision)["taskDefinition"]
    if definition.get("status", "ACTIVE") != "ACTIVE":
        raise OneOffError(
            f"The task definition {short(revision)} is {definition['status']}, and ECS starts no "
            "task of it: run what the stack wants with --wanted, or deploy the stack and release it"
        )
    refuse_unreleasable_images(definition)
    request = run_request(target, definition, command, who=who, size=size)
    with aws_errors(f"start a task of {target.service}"):
        # botocore sends a token along, so that a call which it repeats starts one task.
        answer = aws.ecs.run_task(**request)
    if not answer["tasks"]:
        reasons = [each["reason"] for each in answer["failures"] if each.get("reason")]
        raise OneOffError(f"ECS started no task of {target.service}: {explain(reasons)}")
    arn = str(answer["tasks"][0]["taskArn"])
    return OneOff(
        arn=arn,
        target=target,
        revision=str(definition["taskDefinitionArn"]),
        command=tuple(command),
        started_by=request["startedBy"],
        log=Log.of(_container(definition, target.container), arn),
    )


def run_request(
    target: Target,
    definition: dict[str, Any],
    command: Sequence[str],
    *,
    who: str,
    size: Size = Size(),
) -> dict[str, Any]:
    """Write the input of RunTask: placed as a release would place the service's own tasks."""
    request: dict[str, Any] = {
        "cluster": target.cluster,
        "taskDefinition": definition["taskDefinitionArn"],
        "startedBy": started_by(who),
        # What the service's own tasks carry, so that what it costs is counted where it belongs.
        "propagateTags": "TASK_DEFINITION",
        "enableECSManagedTags": True,
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": list(target.network.subnets),
                "securityGroups": list(target.network.security_groups),
                "assignPublicIp": target.network.assign_public_ip,
            }
        },
        "capacityProviderStrategy": [
            {"capacityProvider": each.name, "base": each.base, "weight": each.weight}
            for each in target.capacity_provider_strategy
        ],
        "overrides": _overrides(target, definition, command, size),
    }
    if target.released_platform_version:
        request["platformVersion"] = target.released_platform_version
    return request


def started_by(who: str) -> str:
    """Put a name as ``startedBy`` takes it: letters, digits, hyphens, slashes and underscores."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", who).strip("-")
    return f"slipway/{plain or 'unknown'}"[:_LONGEST_STARTED_BY]


def describe(aws: Aws, run: OneOff) -> dict[str, Any] | None:
    """Describe the task as ECS does; None where ECS doesn't know it (yet).

    Raises
    ------
    AwsError
        AWS refuses or can't be reached.
    """
    with aws_errors(f"read the task {run.id}"):
        found = aws.ecs.describe_tasks(cluster=run.target.cluster, tasks=[run.arn])["tasks"]
    return dict(found[0]) if found else None


def stop(aws: Aws, run: OneOff, *, reason: str) -> None:
    """Ask for the task's end: SIGTERM, and SIGKILL after its stop timeout.

    Raises
    ------
    AwsError
        AWS refuses or can't be reached.

    See https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
    """
    with aws_errors(f"stop the task {run.id}"):
        aws.ecs.stop_task(cluster=run.target.cluster, task=run.arn, reason=reason)


def told(run: OneOff, task: dict[str, Any] | None) -> OneOffTask:
    """Say how things stand with a task, from what ECS describes."""
    described = task or {}
    containers = {each["name"]: each for each in described.get("containers", [])}
    container = containers.get(run.target.container, {})
    is_over = described.get("lastStatus") == "STOPPED"
    return OneOffTask(
        task=run.id,
        service=run.target.service,
        cluster=run.target.cluster,
        revision=short(run.revision),
        command=run.command,
        started_by=run.started_by,
        status=described.get("lastStatus", "PROVISIONING"),
        exit_code=container.get("exitCode") if is_over else None,
        stop_code=described.get("stopCode") if is_over else None,
        reason=stop_reason(described) if is_over else None,
        created=described.get("createdAt"),
        started=described.get("startedAt"),
        stopped=described.get("stoppedAt"),
        log_group=run.log.group if run.log else None,
        log_stream=run.log.stream if run.log else None,
    )


def _overrides(
    target: Target, definition: dict[str, Any], command: Sequence[str], size: Size
) -> dict[str, Any]:
    container: dict[str, Any] = {"name": target.container, "command": list(command)}
    overrides: dict[str, Any] = {"containerOverrides": [container]}
    if size.cpu_units is not None:
        overrides["cpu"] = str(size.cpu_units)
    if size.memory_mib is not None:
        overrides["memory"] = str(size.memory_mib)
        # A container's own limit would stay below the task's.
        for limit in ("memory", "memoryReservation"):
            if _container(definition, target.container).get(limit):
                container[limit] = size.memory_mib
    return overrides


def _container(definition: dict[str, Any], name: str) -> dict[str, Any]:
    for container in definition["containerDefinitions"]:
        if container["name"] == name:
            return dict(container)
    raise TargetError(
        f"{short(definition['taskDefinitionArn'])} has no container {name}: deploy the stack, "
        "release it, and try again"
    )
