"""Start, stop and roll back releases."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from slipway.release import history, render
from slipway.release.aws import Aws
from slipway.release.content import what_a_release_changes
from slipway.release.earlier import revision_before
from slipway.release.errors import (
    AlreadyLiveError,
    ReleaseError,
    RollbackError,
    aws_errors,
    code,
)
from slipway.release.history import DeploymentRecord
from slipway.release.live import live_task_set, primary_task_set
from slipway.release.notes import rollback_of
from slipway.release.preparation import in_progress, prepared
from slipway.release.target import Target, short


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A deployment to follow; the target's revision is the one it releases."""

    id: str
    target: Target


@dataclass(frozen=True, kw_only=True)
class Rollback:
    """What a rollback did; watch its deployment to see it through."""

    deployment: Deployment
    stopped: bool
    """True: a running release was stopped, and CodeDeploy brings blue back in a deployment of
    its own (the result's ``rollback_id``). False: the deployment releases the earlier revision."""


Creation = Callable[[], AbstractContextManager[Callable[[Deployment], object]]]
"""What is entered before CodeDeploy is asked for a deployment, and left when all of it is done.

It yields what is told the deployment as soon as it has an id: whoever is interrupted knows it.
"""


@contextmanager
def unguarded() -> Iterator[Callable[[Deployment], object]]:
    """Let anything interrupt the creation of a deployment."""
    yield lambda _: None


def start(
    aws: Aws,
    target: Target,
    *,
    description: str,
    ignore_alarms: str | None = None,
    force: bool = False,
    tell: Callable[[str], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
    creation: Creation = unguarded,
) -> Deployment:
    """Start the release of the target's revision, with its scaling at rest.

    The service first gets the tasks of its headroom, which takes as long as they take to run.
    Whatever sees the deployment's end has to call `slipway.release.scaling.resume`.

    Parameters
    ----------
    description
        Who releases what and why; CodeDeploy keeps 256 characters.
    ignore_alarms
        Why the release may go on while an alarm fires; kept in the description. The caller
        needs ``codedeploy:UpdateDeploymentGroup`` for it.
    force
        Release a revision that is live already: its tasks start anew, with fresh secrets.
    tell
        Told in a sentence what is done before the deployment begins.
    creation
        Guards what must not be interrupted: a deployment whose id nobody knows would go on.

    Raises
    ------
    AlreadyLiveError
        When a release would change nothing of what serves production traffic already: not what
        the revision says, nor where its tasks run.
    ImageError
        When an image of the revision was never built or is named by a tag.
    ReleaseInProgressError
        When another release of the group isn't finished.
    ReleaseError
        When the tasks of the headroom don't run.
    AwsError
        When AWS refuses or can't be reached.

    See https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeployment.html
    """
    refuse_unreleasable(aws, target)
    if not force:
        _refuse_what_is_live(aws, target)
    if ignore_alarms is not None:
        description = f"{description} (alarms ignored: {ignore_alarms})"
    with ExitStack() as guarded, prepared(aws, target, tell=tell, sleep=sleep) as notes:
        begun = guarded.enter_context(creation())
        deployment = _create(
            aws,
            target,
            description=notes.description(description),
            poll_alarms=ignore_alarms is None,
        )
        begun(deployment)
    return deployment


def stop(aws: Aws, deployment: Deployment, *, rollback: bool = True) -> None:
    """Stop a release.

    Parameters
    ----------
    rollback
        Let CodeDeploy return the traffic to the original task set. Without, it stays where it is.

    Raises
    ------
    ReleaseError
        When the deployment is over already.

    See https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_StopDeployment.html
    """
    with aws_errors(f"stop the deployment {deployment.id}"):
        try:
            aws.codedeploy.stop_deployment(deploymentId=deployment.id, autoRollbackEnabled=rollback)
        except ClientError as error:
            if code(error) != "DeploymentAlreadyCompletedException":
                raise
            raise ReleaseError(
                f"The deployment {deployment.id} of {deployment.target.service} is over, there is "
                "nothing to stop: to bring the earlier revision back, run "
                f"{deployment.target.command('rollback')}"
            ) from error


def rollback(
    aws: Aws,
    target: Target,
    *,
    to: str | None = None,
    tell: Callable[[str], None] = lambda _: None,
    creation: Creation = unguarded,
) -> Rollback:
    """Bring back the revision that was live before.

    A release that runs (its termination wait included) is stopped, and CodeDeploy brings blue
    back. Otherwise the earlier revision is released again, with the hooks, but without alarms:
    the alarm that calls for the cure must not block it. Scaling rests as in a release, but
    nothing waits for more tasks.

    Parameters
    ----------
    to
        The revision to go back to, ARN or ``family:revision``, where history can't tell.
    tell
        Told in a sentence what is done before the deployment begins.
    creation
        Guards what must not be interrupted, as in `start`; the stop of a release, too.

    Raises
    ------
    RollbackError
        When a rollback runs already, or nothing is known to have been live before.
    """
    current = history.running(aws, target)
    if current and current.is_rollback:
        raise RollbackError(
            f"A rollback of {target.service} is running already ({current.id}): "
            f"follow it with {target.command('watch')}"
        )
    if current:
        if to:
            raise RollbackError(
                f"A release of {target.service} is running ({current.id}): roll it back first, "
                f"without naming a revision, then roll back to {short(to)}"
            )
        stopped = Deployment(
            id=current.id, target=target.with_revision(current.revision or target.revision)
        )
        with creation() as begun:
            stop(aws, stopped, rollback=True)
            begun(stopped)
        return Rollback(deployment=stopped, stopped=True)

    live = live_task_set(aws, target)
    bad = live.revision if live else target.revision
    earlier = target.with_revision(to or revision_before(aws, target, bad))
    if live and short(earlier.revision) == short(live.revision):
        raise RollbackError(
            f"{short(live.revision)} of {target.service} is live already: to start its tasks "
            f"anew, run {target.command('release', '--force')}"
        )
    refuse_unreleasable(aws, earlier)
    with ExitStack() as guarded, prepared(aws, earlier, is_rollback=True, tell=tell) as notes:
        begun = guarded.enter_context(creation())
        # What it takes out, and noted is what was live: the same, but where nothing is live.
        noted = replace(notes, replaced=short(bad))
        deployment = _create(
            aws,
            earlier,
            description=noted.description(rollback_of(bad, earlier.revision)),
            poll_alarms=False,
        )
        begun(deployment)
    return Rollback(deployment=deployment, stopped=False)


def result(aws: Aws, deployment: Deployment) -> DeploymentRecord:
    """How a deployment ended, or how far it is: status, error, and what rolled it back."""
    return history.record(aws, deployment.id)


def refuse_unreleasable(aws: Aws, target: Target) -> None:
    """Refuse a revision that could not run: deregistered, or with an image that isn't there."""
    with aws_errors(f"read the task definition {short(target.revision)}"):
        task_definition = aws.ecs.describe_task_definition(taskDefinition=target.revision)[
            "taskDefinition"
        ]
    if task_definition.get("status", "ACTIVE") != "ACTIVE":
        raise ReleaseError(
            f"The task definition {short(target.revision)} is {task_definition['status']} and "
            "cannot run any more: deploy the service's stack again, then release"
        )
    render.refuse_unreleasable_images(task_definition)


def _refuse_what_is_live(aws: Aws, target: Target) -> None:
    primary = primary_task_set(aws, target)
    if what_a_release_changes(aws, target, primary) or primary is None:
        return
    wanted, live = short(target.revision), short(primary["taskDefinition"])
    raise AlreadyLiveError(
        f"{wanted} of {target.service} is live already"
        + (f" (as {live}, which says the same)" if live != wanted else "")
        + ", there is nothing to release: change the service and deploy its stack, or add --force"
    )


def _create(aws: Aws, target: Target, *, description: str, poll_alarms: bool) -> Deployment:
    content = json.dumps(render.appspec(target))
    alarms: dict[str, Any] = (
        {} if poll_alarms else {"overrideAlarmConfiguration": {"enabled": False}}
    )
    with aws_errors(f"start the release of {target.service}"):
        try:
            created = aws.codedeploy.create_deployment(
                applicationName=target.application,
                deploymentGroupName=target.deployment_group,
                description=description,
                revision={
                    "revisionType": "AppSpecContent",
                    "appSpecContent": {
                        "content": content,
                        "sha256": hashlib.sha256(content.encode()).hexdigest(),
                    },
                },
                **alarms,
            )
        except ClientError as error:
            if code(error) != "DeploymentLimitExceededException":
                raise
            raise in_progress(aws, target, history.running(aws, target)) from error
    return Deployment(id=created["deploymentId"], target=target)
