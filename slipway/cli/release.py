"""The verbs around a release: thin over `slipway.release`, which does the work.

What a person follows goes to standard error, what a program may want to standard output.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from slipway.cli.account import open_account
from slipway.cli.consent import confirmed
from slipway.cli.interruption import StoppedError, say, stoppable
from slipway.cli.person import who
from slipway.cli.service import find_service
from slipway.release import (
    Aws,
    Deployment,
    DeploymentRecord,
    Kind,
    ReleaseError,
    Target,
    Until,
    has_passed,
    readable,
    result,
    running,
    start,
    start_in_turn,
    watch,
)
from slipway.release import approve as approve_deployment
from slipway.release import reject as reject_deployment
from slipway.release import rollback as roll_back
from slipway.release import status as look
from slipway.release import stop as stop_deployment
from slipway.settings import load


def open_target(root: Path, service: str, environment: str) -> tuple[Aws, Target]:
    """Find where a service is released, with the credentials that boto3 finds by itself.

    The environment that is rehearsed is the one of the rehearsal that is kept.

    Raises
    ------
    SettingsError
        There is no such environment, or the settings are wrong.
    UsageError
        There is no such service.
    ReleaseError
        Its stack is missing, or the credentials are of another account.
    RehearsalError
        The environment is rehearsed, and no rehearsal is kept.
    """
    settings = load(root)
    find_service(settings, service, environment)
    aws = open_account(root, settings, environment)
    stack = settings.names(environment).stack(service)
    return aws, Target.from_stack(aws.cloudformation, stack)


def approved(root: Path, service: str, environment: str, *, yes: bool) -> bool:
    """Tell whether a release may go on: where it needs approval, somebody has to give it.

    Raises
    ------
    SettingsError
        There is no such environment, or the settings are wrong.
    """
    return confirmed(load(root), environment, f"Release {service} to {environment}?", yes=yes)


def release(
    aws: Aws,
    target: Target,
    *,
    read_again: Callable[[], Target],
    description: str | None,
    wait_for: timedelta | None,
    ignore_alarms: str | None,
    force: bool,
    answer: Callable[[str], None] = print,
) -> int:
    """Release what the stack says, and follow it until all traffic has moved.

    With `wait_for` it queues behind a release that runs, and then releases what the stack says by
    then. `answer` is given the id of the deployment that went well.
    """
    description = description or f"slipway release by {who()}"
    deployment: Deployment | None
    try:
        with stoppable():
            if wait_for is None:
                deployment = start(
                    aws,
                    target,
                    description=description,
                    ignore_alarms=ignore_alarms,
                    force=force,
                    tell=say,
                )
            else:
                deployment = start_in_turn(
                    aws,
                    read_again,
                    wait_for=wait_for,
                    description=description,
                    ignore_alarms=ignore_alarms,
                    force=force,
                    tell=say,
                )
    except StoppedError as stopped:
        say(f"\nStopped before a deployment of {target.service} began: see slipway status")
        return stopped.exit_code
    return follow(aws, deployment, until=Until.SHIFTED, answer=answer) if deployment else 0


def approve(aws: Aws, target: Target) -> int:
    """Let the release that waits for approval go on, and follow it until all traffic has moved."""
    return follow(aws, approve_deployment(aws, target), until=Until.SHIFTED)


def reject(aws: Aws, target: Target) -> int:
    """Stop the release that waits for approval, and follow it to its end."""
    return _follow_to_the_way_back(aws, reject_deployment(aws, target))


def watch_running(aws: Aws, target: Target) -> int:
    """Follow the deployment that runs."""
    return follow(aws, _running(aws, target))


def stop(aws: Aws, target: Target, *, rollback: bool) -> int:
    """Stop the deployment that runs, and follow it to its end."""
    deployment = _running(aws, target)
    stop_deployment(aws, deployment, rollback=rollback)
    return _follow_to_the_way_back(aws, deployment)


def rollback(aws: Aws, target: Target, *, to: str | None) -> int:
    """Bring back what was live before, and follow it."""
    done = roll_back(aws, target, to=to, tell=say)
    if done.stopped:
        return _follow_to_the_way_back(aws, done.deployment)
    return follow(aws, done.deployment, until=Until.SHIFTED)


def follow(
    aws: Aws,
    deployment: Deployment,
    *,
    until: Until = Until.FINISHED,
    answer: Callable[[str], None] = print,
) -> int:
    """Tell every change of a deployment, and return 0 if its revision is live at the end."""
    reasons: list[str] = []
    exit_code = _tell(aws, deployment, until, reasons)
    if exit_code:
        return exit_code
    ended = result(aws, deployment)
    if ended.status in {"Failed", "Stopped"}:
        say(_ending(ended, reasons))
        return 1
    answer(deployment.id)
    return 0


def _tell(
    aws: Aws,
    deployment: Deployment,
    until: Until = Until.FINISHED,
    reasons: list[str] | None = None,
) -> int:
    """Tell every change of a deployment; return an exit code if a signal stops us.

    What hooks found wrong is added to `reasons`.
    """
    ends: set[str] = set()
    revision = deployment.target.revision.rsplit("/", 1)[-1]
    say(f"Deployment {deployment.id} of {deployment.target.service}, {revision}")
    try:
        with stoppable():
            for progress in watch(aws, deployment, until=until):
                message = progress.message
                if progress.kind is Kind.TASK_STOPPED:
                    # The tasks' ids differ, their reasons don't.
                    reason = message.partition(": ")[2]
                    if reason in ends:
                        continue
                    ends.add(reason)
                    message += " (told once; what it logged: slipway logs)"
                wrong = [readable(line) for line in progress.details if not has_passed(line)]
                if reasons is not None:
                    reasons += wrong
                for line in (message, *(f"  {each}" for each in wrong)):
                    say(f"{progress.time.astimezone():%H:%M:%S}  {line}")
    except StoppedError as stopped:
        say(
            f"\n{deployment.id} goes on without us: follow it with slipway watch, or end it with "
            "slipway stop"
        )
        return stopped.exit_code
    return 0


def _follow_to_the_way_back(aws: Aws, deployment: Deployment) -> int:
    """Follow what was stopped and what brings blue back, and say what is live then."""
    exit_code = _tell(aws, deployment)
    ended = result(aws, deployment)
    if not exit_code and ended.rollback_id:
        exit_code = _tell(aws, replace(deployment, id=ended.rollback_id))
    if exit_code:
        return exit_code
    if ended.status == "Succeeded":
        say(f"{deployment.id} was over before it could be stopped: see slipway status")
        return 1
    current = look(aws, deployment.target)
    live = current.live.revision.rsplit("/", 1)[-1] if current.live else "nothing"
    shares = ", ".join(f"{share:g} % to {group}" for group, share in current.weights.items())
    say(f"Live is {live}; traffic: {shares or 'no rule forwards any'}")
    return 0


def _running(aws: Aws, target: Target) -> Deployment:
    found = running(aws, target)
    if found is None:
        raise ReleaseError(f"No deployment of {target.service} runs: see slipway status")
    return Deployment(id=found.id, target=target.with_revision(found.revision or target.revision))


def _ending(ended: DeploymentRecord, reasons: Sequence[str]) -> str:
    """Say how it ended: what the hooks found wrong, or else what CodeDeploy says."""
    said = "; ".join(reasons) or ended.error_message
    why = f": {said}" if said else ""
    after = f" The rollback is {ended.rollback_id}." if ended.rollback_id else ""
    return f"{ended.id} {ended.status.lower()}{why}{after} See slipway status for what is live."
