"""Scaling rests while a release runs, and the release starts with room to spare.

During a shift ECS runs two task sets, and a change of the desired count changes both: without a
steady state within minutes CodeDeploy gives up. So a release raises the desired count first, and
suspends scaling; whatever sees the deployment's end calls `resume`.

See https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html and
https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-suspend-resume-scaling.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from slipway.release import history
from slipway.release.aws import Aws
from slipway.release.errors import AwsError, ReleaseError, aws_errors
from slipway.release.live import read_service
from slipway.release.target import Target

_IN_WORDS = {
    "DynamicScalingInSuspended": "scaling in",
    "DynamicScalingOutSuspended": "scaling out",
    "ScheduledScalingSuspended": "scheduled scaling",
}
_STEADY_WITHIN = timedelta(minutes=10)
_INTERVAL = timedelta(seconds=5)


def suspended(aws: Aws, target: Target) -> tuple[str, ...]:
    """Name what is suspended of the service's scaling; nothing where it doesn't scale."""
    with aws_errors(f"read the scaling of {target.service}"):
        found = _scalable_target(aws.application_autoscaling, target.cluster, target.service)
    state = (found or {}).get("SuspendedState") or {}
    return tuple(words for key, words in _IN_WORDS.items() if state.get(key))


def suspend(aws: Aws, target: Target) -> None:
    """Suspend all scaling of the service, scheduled scaling included; its limits stay.

    See https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    """
    with aws_errors(f"suspend the scaling of {target.service}"):
        _set(
            aws.application_autoscaling,
            target.cluster,
            target.service,
            dict.fromkeys(_IN_WORDS, True),
        )


def resume(application_autoscaling: Any, *, cluster: str, service: str) -> None:
    """Resume all scaling of a service; nothing happens where it doesn't scale.

    Parameters
    ----------
    application_autoscaling
        A boto3 client.
    cluster, service
        Their names.

    Raises
    ------
    AwsError
        When AWS refuses or can't be reached: try again, the outcome is the same.
    """
    with aws_errors(f"resume the scaling of {service}"):
        _set(application_autoscaling, cluster, service, dict.fromkeys(_IN_WORDS, False))


@contextmanager
def at_rest(
    aws: Aws,
    target: Target,
    *,
    headroom: bool = True,
    tell: Callable[[str], None] = lambda _: None,
    steady_within: timedelta = _STEADY_WITHIN,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Bring the scaling to rest for the deployment that the block creates.

    A block that fails puts back what was suspended, unless a release runs: its end does that.
    One that succeeds leaves scaling suspended, for the deployment's end to resume.

    Parameters
    ----------
    headroom
        Whether the service gets more tasks first. A cure must not wait for them.
    tell
        Told in a sentence what is changed.
    steady_within
        How long the additional tasks may take to run.

    Raises
    ------
    ReleaseError
        When the additional tasks don't run in time.
    AwsError
        When AWS refuses or can't be reached.
    """
    with aws_errors(f"read the scaling of {target.service}"):
        found = _scalable_target(aws.application_autoscaling, target.cluster, target.service)
    if found is None:
        yield
        return
    service = read_service(aws, target)
    desired = int(service["desiredCount"])
    before = {key: bool((found.get("SuspendedState") or {}).get(key)) for key in _IN_WORDS}
    if any(before.values()):
        words = " and ".join(words for key, words in _IN_WORDS.items() if before[key])
        tell(f"Of {target.service}, {words} was suspended already: the release's end resumes it")
    # Whoever sleeps is woken by a scheduled action, which would not be made up for if it fell into
    # the release. Undocumented: our reading.
    resting = dict.fromkeys(_IN_WORDS, True) | (
        {} if desired else {"ScheduledScalingSuspended": False}
    )
    with aws_errors(f"suspend the scaling of {target.service}"):
        _set(aws.application_autoscaling, target.cluster, target.service, resting)
    try:
        if headroom or not desired:
            _make_room(aws, target, service, found, tell, steady_within, sleep)
        yield
    except BaseException:
        _put_back(aws, target, before, tell)
        raise
    _rest_again(aws, target, resting, tell)


def _make_room(
    aws: Aws,
    target: Target,
    service: Mapping[str, Any],
    scalable: Mapping[str, Any],
    tell: Callable[[str], None],
    steady_within: timedelta,
    sleep: Callable[[float], None],
) -> None:
    desired = int(service["desiredCount"])
    maximum, percent = target.scaling.maximum, target.scaling.headroom_percent
    if desired:
        # In whole numbers: 4 tasks and 25 % are 5, not 6.
        wanted = max(desired, min(maximum, -(-desired * (100 + percent) // 100)))
        if wanted == desired:
            return
        if not _is_steady(service):
            tell(f"{target.service} is not steady as it is: the release gets no additional tasks")
            return
        tell(f"{target.service} gets {wanted} tasks instead of {desired}, as its scaling rests")
    else:
        # Asleep, a scalable target allows no task; its limits put the service to sleep again when
        # scaling is resumed.
        wanted = max(1, min(maximum, int(scalable["MinCapacity"])))
        tell(f"{target.service} sleeps: {_tasks(wanted)} wakes for the release")
    _set_desired_count(aws, target, wanted)
    try:
        _wait_until_steady(aws, target, wanted, steady_within, sleep)
    except BaseException:
        _set_desired_count(aws, target, desired)
        raise


def _wait_until_steady(
    aws: Aws, target: Target, wanted: int, within: timedelta, sleep: Callable[[float], None]
) -> None:
    deadline = time.monotonic() + within.total_seconds()
    while not _is_steady(service := read_service(aws, target)):
        if time.monotonic() >= deadline:
            raise ReleaseError(
                f"{service.get('runningCount', 0)} of {_tasks(wanted)} of {target.service} run "
                f"after {within.total_seconds() / 60:g} minutes, so there is no room for a "
                "release, and nothing was released: look at the service's events, or lower "
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


def _set_desired_count(aws: Aws, target: Target, count: int) -> None:
    with aws_errors(f"set the desired count of {target.service} to {count}"):
        aws.ecs.update_service(cluster=target.cluster, service=target.service, desiredCount=count)


def _rest_again(
    aws: Aws, target: Target, resting: Mapping[str, bool], tell: Callable[[str], None]
) -> None:
    """Suspend once more, now that a deployment is there that keeps it so.

    The end of an earlier release, which is told with a delay, may have resumed scaling while the
    additional tasks were waited for.
    """
    try:
        with aws_errors(f"suspend the scaling of {target.service}"):
            _set(aws.application_autoscaling, target.cluster, target.service, resting)
    except AwsError as error:
        # The deployment runs, and most probably scaling rests since the first time.
        tell(str(error))


def _put_back(
    aws: Aws, target: Target, before: Mapping[str, bool], tell: Callable[[str], None]
) -> None:
    try:
        # Another release may have won the race, or this one have begun although its answer was
        # lost: the end of what runs resumes scaling.
        if history.running(aws, target) is None:
            with aws_errors(f"resume the scaling of {target.service}"):
                _set(aws.application_autoscaling, target.cluster, target.service, before)
    except AwsError as error:
        # What stopped the release is told by its own error.
        tell(f"{error} It stays suspended until the end of the next release")


def _scalable_target(client: Any, cluster: str, service: str) -> dict[str, Any] | None:
    found = client.describe_scalable_targets(
        ServiceNamespace="ecs",
        ResourceIds=[f"service/{cluster}/{service}"],
        ScalableDimension="ecs:service:DesiredCount",
    )["ScalableTargets"]
    return dict(found[0]) if found else None


def _set(client: Any, cluster: str, service: str, state: Mapping[str, bool]) -> None:
    # Without a target this call would be refused for its missing limits, or make one.
    if _scalable_target(client, cluster, service) is None:
        return
    # What is not named is not changed: the limits are not.
    client.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{cluster}/{service}",
        ScalableDimension="ecs:service:DesiredCount",
        SuspendedState=dict(state),
    )


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"
