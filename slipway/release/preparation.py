"""What comes before a deployment, whoever creates it: its turn, scaling at rest, headroom."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from slipway.release import history, observation, scaling
from slipway.release.aws import Aws
from slipway.release.errors import ReleaseInProgressError, aws_errors
from slipway.release.history import DeploymentRecord
from slipway.release.live import live_task_set
from slipway.release.notes import Notes
from slipway.release.target import Target, short


@contextmanager
def prepared(
    aws: Aws,
    target: Target,
    *,
    is_rollback: bool = False,
    tell: Callable[[str], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Notes]:
    """Bring a service to rest for the deployment that the block creates, or another one soon.

    A block that fails puts everything back. One that succeeds leaves scaling suspended: the
    deployment's end resumes it, and the hourly look where no deployment comes.

    Parameters
    ----------
    is_rollback
        Whether it brings back what was live before: then nothing waits for more tasks.
    tell
        Told in a sentence what is changed.

    Yields
    ------
    slipway.release.notes.Notes
        What the deployment must note: in its description, or in the tags of its revision.

    Raises
    ------
    ReleaseInProgressError
        When another deployment of the group isn't finished.
    ReleaseError
        When the tasks of the headroom don't run.
    AwsError
        When AWS refuses or can't be reached.
    """
    # Before anything is changed: the other one's tasks are left alone.
    if first := history.running(aws, target):
        raise in_progress(aws, target, first)
    live = live_task_set(aws, target)
    with scaling.at_rest(
        aws, target, make_room=not is_rollback, tell=tell, sleep=sleep
    ) as headroom:
        yield Notes(
            replaced=short(live.revision) if live else None,
            headroom=headroom,
            is_rollback=is_rollback,
        )


def in_progress(aws: Aws, target: Target, first: DeploymentRecord | None) -> ReleaseInProgressError:
    """Say which deployment is in the way, how far it is, and what can be done."""
    if first is None:
        return ReleaseInProgressError(
            f"Another release of {target.service} has only just ended: try again in a moment"
        )
    with aws_errors(f"read the deployment {first.id}"):
        view = observation.look(aws, first.id, target)
    if view.waits_for_approval:
        ways = f"{target.command('approve')} or {target.command('reject')}"
    elif view.is_shifted and not first.is_rollback:
        ways = f"{target.command('rollback')} takes it back"
    elif first.is_rollback:
        ways = f"{target.command('watch')} follows it"
    else:
        ways = f"{target.command('watch')} follows it, {target.command('rollback')} ends it"
    return ReleaseInProgressError(
        f"CodeDeploy runs one deployment of {target.service} at a time, and "
        f"{history.name(first)} {view.stage}: wait for its end "
        f"({target.command('release', '--wait')} queues); {ways}"
    )
