"""The word that green waits for before it gets production traffic."""

from __future__ import annotations

import time
from collections.abc import Callable

from botocore.exceptions import ClientError

from slipway.release import history, observation
from slipway.release.aws import Aws
from slipway.release.deployment import Deployment, stop
from slipway.release.errors import ApprovalError, aws_errors, code
from slipway.release.target import Target, short

_TOO_LATE = frozenset(
    {
        "DeploymentAlreadyCompletedException",
        "DeploymentIsNotInReadyStateException",
        "InvalidDeploymentStatusException",
    }
)
_INTERVAL_SECONDS = 1.0
_LOOKS = 30


def approve(aws: Aws, target: Target, *, sleep: Callable[[float], None] = time.sleep) -> Deployment:
    """Let the deployment that waits for approval shift its traffic; return when it goes on.

    Raises
    ------
    ApprovalError
        When none waits, saying what is going on instead.
    AwsError
        When AWS refuses or can't be reached.

    See https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ContinueDeployment.html
    """
    deployment = _waiting(aws, target)
    with aws_errors(f"approve the deployment {deployment.id}"):
        try:
            aws.codedeploy.continue_deployment(
                deploymentId=deployment.id, deploymentWaitType="READY_WAIT"
            )
        except ClientError as error:
            if code(error) not in _TOO_LATE:
                raise
            raise ApprovalError(_nothing_waits(aws, target)) from error
        # CodeDeploy takes a moment; whoever follows must not be told that it waits still.
        for _ in range(_LOOKS):
            if not observation.look(aws, deployment.id, target).waits_for_approval:
                break
            sleep(_INTERVAL_SECONDS)
    return deployment


def reject(aws: Aws, target: Target) -> Deployment:
    """Stop the deployment that waits for approval: green goes, and no client has seen it.

    Raises
    ------
    ApprovalError
        When none waits, saying what is going on instead.
    ReleaseError
        When it ended meanwhile.
    AwsError
        When AWS refuses or can't be reached.
    """
    deployment = _waiting(aws, target)
    stop(aws, deployment, rollback=True)
    return deployment


def _waiting(aws: Aws, target: Target) -> Deployment:
    running = history.running(aws, target)
    if running is None or running.status != "Ready":
        raise ApprovalError(_nothing_waits(aws, target))
    return Deployment(
        id=running.id, target=target.with_revision(running.revision or target.revision)
    )


def _nothing_waits(aws: Aws, target: Target) -> str:
    running = history.running(aws, target)
    if running is None:
        return (
            f"Nothing of {target.service} waits for approval: no deployment runs, "
            f"see {target.command('status')}"
        )
    with aws_errors(f"read the deployment {running.id}"):
        stage = observation.look(aws, running.id, target).stage
    revision = f" of {short(running.revision)}" if running.revision else ""
    return (
        f"Nothing of {target.service} waits for approval: the deployment {running.id}{revision} "
        f"{stage}, follow it with {target.command('watch')}"
    )
