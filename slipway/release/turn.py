"""Queue behind the release that runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from slipway.release import history, observation
from slipway.release.aws import Aws
from slipway.release.deployment import Deployment, start
from slipway.release.errors import (
    AlreadyLiveError,
    AwsError,
    ReleaseInProgressError,
    aws_errors,
    is_transient,
)
from slipway.release.preparation import in_progress
from slipway.release.target import Target, short


def start_in_turn(
    aws: Aws,
    read_target: Callable[[], Target],
    *,
    wait_for: timedelta,
    tell: Callable[[str], None] = lambda _: None,
    interval: timedelta = timedelta(seconds=5),
    sleep: Callable[[float], None] = time.sleep,
    **options: Any,
) -> Deployment | None:
    """Start a release as soon as no other one runs; nothing is started before.

    The termination wait of the other one counts as running. Who loses the race to a third release
    queues again.

    Parameters
    ----------
    read_target
        Reads the target anew at every turn: the stack may have changed meanwhile.
    wait_for
        How long to queue at most.
    tell
        Told in a sentence what is waited for, whenever that changes.
    options
        Of `start`.

    Returns
    -------
    Deployment or None
        None when the release before has brought live what the stack wants.

    Raises
    ------
    ReleaseInProgressError
        When the turn doesn't come in time.
    ReleaseError
        Whatever `start` raises.
    """
    deadline = time.monotonic() + wait_for.total_seconds()
    waited = False
    while True:
        target = read_target()
        try:
            return start(aws, target, tell=tell, sleep=sleep, **options)
        except AlreadyLiveError:
            if not waited:
                raise
            tell(
                f"{short(target.revision)} went live with the release before: nothing is left to do"
            )
            return None
        except ReleaseInProgressError as error:
            if time.monotonic() >= deadline:
                raise _too_late(error, wait_for) from error
            waited = True
        if _wait(aws, target, deadline, tell, interval, sleep):
            # Even a race that is lost again and again leaves CodeDeploy some air.
            sleep(interval.total_seconds() / 5)


def wait_for_turn(
    aws: Aws,
    target: Target,
    *,
    wait_for: timedelta,
    tell: Callable[[str], None] = lambda _: None,
    interval: timedelta = timedelta(seconds=5),
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until no deployment of the target runs; a termination wait counts as running.

    Parameters
    ----------
    wait_for
        How long to wait at most.
    tell
        Told in a sentence what is waited for, whenever that changes.

    Raises
    ------
    ReleaseInProgressError
        When the turn doesn't come in time.
    AwsError
        When AWS refuses.
    """
    if _wait(aws, target, time.monotonic() + wait_for.total_seconds(), tell, interval, sleep):
        return
    raise _too_late(in_progress(aws, target, history.running(aws, target)), wait_for)


def _wait(
    aws: Aws,
    target: Target,
    deadline: float,
    tell: Callable[[str], None],
    interval: timedelta,
    sleep: Callable[[float], None],
) -> bool:
    """Wait until nothing is in the way any more; tell whether that came in time."""
    told = ""
    while stage := _in_the_way(aws, target):
        if time.monotonic() >= deadline:
            return False
        if stage != told:
            told = stage
            tell(stage)
        sleep(interval.total_seconds())
    return True


def _in_the_way(aws: Aws, target: Target) -> str | None:
    """Say what runs, or nothing if nothing does; faults that pass count as something."""
    try:
        running = history.running(aws, target)
        if running is None:
            return None
        with aws_errors(f"read the deployment {running.id}"):
            stage = observation.look(aws, running.id, target).stage
    except AwsError as error:
        cause = error.__cause__
        if not isinstance(cause, Exception) or not is_transient(cause):
            raise
        return f"{error} Asking again"
    return f"Waiting for {history.name(running)}, which {stage}"


def _too_late(error: ReleaseInProgressError, wait_for: timedelta) -> ReleaseInProgressError:
    return ReleaseInProgressError(
        f"Waited for {wait_for.total_seconds() / 60:g} minutes, nothing was released. {error}"
    )
