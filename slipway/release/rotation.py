"""A secret's new value brought into running tasks: the running revision is released again.

A task reads its secrets when it starts, and ECS refuses ForceNewDeployment for a service that
CodeDeploy deploys. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from slipway.release import history
from slipway.release.aws import Aws
from slipway.release.deployment import start
from slipway.release.errors import ReleaseError, ReleaseInProgressError, aws_errors
from slipway.release.live import live_task_set
from slipway.release.target import Target, short

# An event's time has whole seconds.
_PRECISION = timedelta(seconds=1)

# How the description of each of its releases begins, by which they are found again.
_MARK = "New secret value: "

# The outputs mean nothing yet, or will not for long.
_COMING_OR_GOING = frozenset({"CREATE_IN_PROGRESS", "REVIEW_IN_PROGRESS", "DELETE_IN_PROGRESS"})


class RotationError(ReleaseError):
    """The release that a new secret value needs has failed: somebody has to look."""


@dataclass(frozen=True, kw_only=True)
class NewValue:
    """A version of a secret that became the current one."""

    name: str
    """Such as ``shop/prod/storefront/session``."""
    arn: str
    version: str
    """The version's id."""
    since: datetime
    """When it became the current one, in whole seconds."""


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """How far a new value has come."""

    done: bool
    """Whether nothing remains to be done; otherwise ask again later."""
    why: str


def renew(aws: Aws, stack_name: str, value: NewValue) -> Renewal:
    """Bring a secret's new value into the tasks of a service, one step further.

    It is done when the live tasks started after the value came. Until then it starts *one*
    release of the running revision, as soon as no other one runs. It never releases another
    revision than the one that is live, so code that nobody released stays where it is.

    Parameters
    ----------
    stack_name
        The Service stack of the service that the secret belongs to.

    Raises
    ------
    RotationError
        When the release that would have brought this value has failed.
    ReleaseError
        When the release can't be started.
    AwsError
        When AWS refuses or can't be reached.
    """
    stack = _stack(aws, stack_name)
    if stack is None:
        return Renewal(done=True, why=f"there is no stack {stack_name}")
    if stack["StackStatus"] in _COMING_OR_GOING:
        return Renewal(done=False, why=f"{stack_name} is {stack['StackStatus']}")
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
    if not outputs:
        return Renewal(done=True, why=f"{stack_name} holds no service")
    target = Target.from_outputs(outputs, source=f"stack {stack_name}")

    live = live_task_set(aws, target)
    if live is None:
        return Renewal(done=False, why=f"{target.service} has no live tasks yet")
    if not (live.desired or live.running or live.pending):
        return Renewal(done=True, why=f"no task of {target.service} runs: the next one reads it")
    if not _uses(aws, live.revision, value.arn):
        return Renewal(done=True, why=f"{short(live.revision)} does not use it")
    if live.since and live.since > value.since + _PRECISION:
        return Renewal(done=True, why=f"the live tasks of {target.service} are younger")

    own = _release_for(aws, target, value)
    if own and own.status == "Succeeded":
        return Renewal(done=True, why=f"{own.id} released it")
    if own and own.is_final:
        raise RotationError(
            f"The release {own.id} of {target.service}, for a new value of {value.name}, is "
            f"{own.status} ({own.error_code or 'no error code'}): tasks run with the old value. "
            f"Mend what it says, then run {target.command('release', '--force')}"
        )
    if own:
        return Renewal(done=False, why=f"{own.id} is {own.status}")
    try:
        started = start(
            aws,
            target.with_revision(live.revision),
            description=f"{_MARK}{value.name}, version {value.version}",
            force=True,
        )
    except ReleaseInProgressError as error:
        return Renewal(done=False, why=str(error))
    return Renewal(done=False, why=f"started {started.id}")


def _stack(aws: Aws, name: str) -> dict[str, Any] | None:
    with aws_errors(f"read the stack {name}"):
        try:
            found: list[dict[str, Any]] = aws.cloudformation.describe_stacks(StackName=name)[
                "Stacks"
            ]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            return None
    return found[0] if found else None


def _uses(aws: Aws, revision: str, secret_arn: str) -> bool:
    """Whether a revision's tasks get the secret.

    A secret that was only just created is of a revision to come, whose tasks will have its value.
    """
    with aws_errors(f"read the task definition {short(revision)}"):
        containers = aws.ecs.describe_task_definition(taskDefinition=revision)["taskDefinition"][
            "containerDefinitions"
        ]
    return any(
        secret["valueFrom"].startswith(secret_arn)
        for container in containers
        for secret in container.get("secrets", [])
    )


def _release_for(aws: Aws, target: Target, value: NewValue) -> history.DeploymentRecord | None:
    """Find the release that was started for this value, or for another one after it came.

    Either brings the value: green's tasks start later than their deployment. So secrets that
    changed together share one release, and the failure of that one too.
    """
    for each in history.recent(aws, target):
        if each.description.startswith(_MARK) and each.created and each.created >= value.since:
            return each
    return None
