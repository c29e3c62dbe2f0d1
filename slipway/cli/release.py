"""The verbs around a release: thin over `slipway.release`, which does the work.

What a person follows goes to standard error, what a program may want to standard output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from slipway.cli.account import open_account
from slipway.cli.commands import commands_in
from slipway.cli.following import Follower, goes_on
from slipway.cli.interruption import StoppedError, say, stoppable, uninterrupted
from slipway.cli.person import who
from slipway.cli.service import find_service
from slipway.release import (
    Aws,
    Deployment,
    ReleaseError,
    Target,
    Until,
    running,
    start,
    start_in_turn,
)
from slipway.release import approve as approve_deployment
from slipway.release import reject as reject_deployment
from slipway.release import rollback as roll_back
from slipway.release import stop as stop_deployment
from slipway.release.errors import UnreachableError
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
    return aws, Target.from_stack(aws.cloudformation, stack, commands=commands_in(environment))


def open_release(
    root: Path, service: str, environment: str, *, plain: bool
) -> tuple[Follower, Target]:
    """Find where a service is released, and follow there: the errors are those of `open_target`."""
    aws, target = open_target(root, service, environment)
    return Follower.of(aws, root, environment, plain=plain), target


def release(
    follower: Follower,
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
    begun = _Begun()
    deployment: Deployment | None
    try:
        with stoppable():
            if wait_for is None:
                deployment = start(
                    follower.aws,
                    target,
                    description=description,
                    ignore_alarms=ignore_alarms,
                    force=force,
                    tell=say,
                    creation=begun.creation,
                )
            else:
                deployment = start_in_turn(
                    follower.aws,
                    read_again,
                    wait_for=wait_for,
                    description=description,
                    ignore_alarms=ignore_alarms,
                    force=force,
                    tell=say,
                    creation=begun.creation,
                )
            if deployment is None:
                return 0
            return follower.follow(deployment, until=Until.SHIFTED, answer=answer)
    except StoppedError as stopped:
        say(f"\n{begun.told(target, 'was released')}")
        return stopped.exit_code


def approve(follower: Follower, target: Target) -> int:
    """Let the release that waits for approval go on, and follow it until all traffic has moved."""
    return follower.follow(approve_deployment(follower.aws, target), until=Until.SHIFTED)


def reject(follower: Follower, target: Target) -> int:
    """Stop the release that waits for approval, and follow it to its end."""
    return follower.follow_to_the_way_back(reject_deployment(follower.aws, target))


def watch_running(follower: Follower, target: Target) -> int:
    """Follow the deployment that runs."""
    return follower.follow(_running(follower.aws, target))


def stop(follower: Follower, target: Target, *, rollback: bool) -> int:
    """Stop the deployment that runs, and follow it to its end."""
    deployment = _running(follower.aws, target)
    stop_deployment(follower.aws, deployment, rollback=rollback)
    return follower.follow_to_the_way_back(deployment)


def rollback(follower: Follower, target: Target, *, to: str | None) -> int:
    """Bring back what was live before, and follow it."""
    begun = _Begun()
    try:
        with stoppable():
            done = roll_back(follower.aws, target, to=to, tell=say, creation=begun.creation)
            if done.stopped:
                return follower.follow_to_the_way_back(done.deployment)
            return follower.follow(done.deployment, until=Until.SHIFTED)
    except StoppedError as stopped:
        say(f"\n{begun.told(target, 'was rolled back')}")
        return stopped.exit_code


class _Begun:
    """What is known of a deployment that is being created, whenever a signal comes."""

    def __init__(self) -> None:
        self._deployment: Deployment | None = None
        self._is_answer_lost = False

    @contextmanager
    def creation(self) -> Iterator[Callable[[Deployment], None]]:
        """Let a signal wait for CodeDeploy's answer."""
        with uninterrupted():
            try:
                yield self._note
            except ReleaseError as error:
                self._is_answer_lost = isinstance(error, UnreachableError)
                raise

    def told(self, target: Target, what: str) -> str:
        """Say what goes on after a signal, or that nothing does: what ``was released``."""
        if self._deployment is not None:
            return goes_on(self._deployment)
        nothing = f"Stopped. Nothing of {target.service} {what}"
        if not self._is_answer_lost:
            return nothing
        return f"{nothing}, unless {target.command('status')} names a deployment that runs"

    def _note(self, deployment: Deployment) -> None:
        self._deployment = deployment


def _running(aws: Aws, target: Target) -> Deployment:
    found = running(aws, target)
    if found is None:
        raise ReleaseError(
            f"No deployment of {target.service} runs: see {target.command('status')}"
        )
    return Deployment(id=found.id, target=target.with_revision(found.revision or target.revision))
