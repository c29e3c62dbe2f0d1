"""Room for a release: a few more tasks before it begins, because scaling rests during it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from slipway.release import history
from slipway.release.alarms import firing
from slipway.release.aws import Aws
from slipway.release.errors import NOT_ALLOWED, AwsError, ReleaseError, aws_errors, code
from slipway.release.live import read_service
from slipway.release.target import Target

_INTERVAL = timedelta(seconds=5)


def desired_without(aws: Aws, target: Target, desired: int) -> int:
    """Tell what the desired count was before earlier releases, if nothing has changed it since."""
    for deployment in history.recent(aws, target):
        # CodeDeploy's own rollbacks have descriptions of their own.
        if not deployment.is_automatic:
            headroom = deployment.notes.headroom
            if headroom and headroom[1] == desired:
                return headroom[0]
            return desired
    return desired


def make(
    aws: Aws,
    target: Target,
    service: Mapping[str, Any],
    base: int,
    scalable: Mapping[str, Any],
    tell: Callable[[str], None],
    steady_within: timedelta,
    sleep: Callable[[float], None],
) -> int:
    """Start the tasks of the headroom, or one for a service that sleeps, and wait until they run.

    Parameters
    ----------
    service, scalable
        The ECS service and its scalable target, as AWS describes them.
    base
        The desired count without the tasks that earlier releases added.
    tell
        Told in a sentence what is changed.
    steady_within
        How long they may take.

    Returns
    -------
    int
        The desired count of the service from now on.

    Raises
    ------
    ReleaseError
        They don't run in time; the desired count is as it was.
    AwsError
        AWS refuses or can't be reached.
    """
    desired = int(service["desiredCount"])
    maximum, percent = target.scaling.maximum, target.scaling.headroom_percent
    if desired:
        # In whole numbers: 4 tasks and 25 % are 5, not 6.
        wanted = max(desired, min(maximum, -(-base * (100 + percent) // 100)))
        if wanted == desired:
            return desired
        if not _is_steady(service):
            tell(f"{target.service} is not steady as it is: the release gets no additional tasks")
            return desired
        tell(f"{target.service} gets {wanted} tasks instead of {desired}, as its scaling rests")
    else:
        # Asleep, a scalable target allows no task; its limits put the service to sleep again when
        # scaling is resumed.
        wanted = max(1, min(maximum, int(scalable["MinCapacity"])))
        tell(f"{target.service} sleeps: {_tasks(wanted)} wakes for the release")
    fired_before = _firing(aws, target)
    _set_desired_count(aws, target, wanted)
    try:
        _wait_until_steady(aws, target, wanted, fired_before, steady_within, sleep)
    except BaseException:
        _set_desired_count(aws, target, desired)
        raise
    return wanted


def _wait_until_steady(
    aws: Aws,
    target: Target,
    wanted: int,
    fired_before: frozenset[str],
    within: timedelta,
    sleep: Callable[[float], None],
) -> None:
    deadline = time.monotonic() + within.total_seconds()
    while True:
        service = read_service(aws, target)
        # Tasks that start slowly may trip an alarm, which would stop the deployment at once.
        tripped = _firing(aws, target) - fired_before
        if _is_steady(service) and not tripped:
            return
        if time.monotonic() >= deadline:
            alarms = f", and {', '.join(sorted(tripped))} fires" if tripped else ""
            raise ReleaseError(
                f"{service.get('runningCount', 0)} of {_tasks(wanted)} of {target.service} run "
                f"after {within.total_seconds() / 60:g} minutes{alarms}: there is no room for a "
                "release, and nothing was released; look at the service's events, or lower "
                "scaling.headroom_percent"
            )
        sleep(_INTERVAL.total_seconds())


def _is_steady(service: Mapping[str, Any]) -> bool:
    """Whether all tasks that are wanted run and are healthy.

    See https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html
    """
    return any(
        each["status"] == "PRIMARY"
        and each.get("stabilityStatus") == "STEADY_STATE"
        and each.get("runningCount") == service["desiredCount"]
        for each in service.get("taskSets", [])
    )


def _firing(aws: Aws, target: Target) -> frozenset[str]:
    """Name the service's alarms that fire; none where they may not be read."""
    try:
        return firing(aws, target)
    except AwsError as error:
        if not isinstance(error.__cause__, ClientError) or code(error.__cause__) not in NOT_ALLOWED:
            raise
        # CodeDeploy looks at them in any case: this only saves a release from a false start.
        return frozenset()


def _set_desired_count(aws: Aws, target: Target, count: int) -> None:
    with aws_errors(f"set the desired count of {target.service} to {count}"):
        aws.ecs.update_service(cluster=target.cluster, service=target.service, desiredCount=count)


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"
