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

from slipway.release import headroom, history
from slipway.release.aws import Aws
from slipway.release.errors import AwsError, aws_errors
from slipway.release.live import read_service
from slipway.release.target import Target

_IN_WORDS = {
    "DynamicScalingInSuspended": "scaling in",
    "DynamicScalingOutSuspended": "scaling out",
    "ScheduledScalingSuspended": "scheduled scaling",
}
_STEADY_WITHIN = timedelta(minutes=10)


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


def rest(aws: Aws, *, cluster: str, service: str) -> None:
    """Suspend the scaling of a service that is being released; its limits stay.

    Raises
    ------
    AwsError
        When AWS refuses or can't be reached.
    """
    with aws_errors(f"suspend the scaling of {service}"):
        found = aws.ecs.describe_services(cluster=cluster, services=[service])["services"]
        desired = int(found[0]["desiredCount"]) if found else 0
        _set(aws.application_autoscaling, cluster, service, _resting(desired))


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
    make_room: bool = True,
    tell: Callable[[str], None] = lambda _: None,
    steady_within: timedelta = _STEADY_WITHIN,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[tuple[int, int] | None]:
    """Bring the scaling to rest for the deployment that the block creates.

    A block that fails puts back what was suspended, unless a release runs: its end does that.
    One that succeeds leaves scaling suspended, for the deployment's end to resume.

    Parameters
    ----------
    make_room
        Whether the service gets more tasks first. A cure must not wait for them.
    tell
        Told in a sentence what is changed.
    steady_within
        How long the additional tasks may take to run.

    Yields
    ------
    tuple or None
        The desired count without the tasks that releases have added, and with them, for the
        deployment's description: as long as scaling takes none away, the next release adds none.

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
        yield None
        return
    service = read_service(aws, target)
    desired = int(service["desiredCount"])
    before = {key: bool((found.get("SuspendedState") or {}).get(key)) for key in _IN_WORDS}
    if any(before.values()):
        tell(f"The scaling of {target.service} rests already: the release's end resumes it")
    resting = _resting(desired)
    with aws_errors(f"suspend the scaling of {target.service}"):
        _set(aws.application_autoscaling, target.cluster, target.service, resting)
    base = headroom.desired_without(aws, target, desired)
    try:
        if make_room or not desired:
            desired = headroom.make(aws, target, service, base, found, tell, steady_within, sleep)
        yield (base, desired) if 0 < base < desired else None
    except BaseException:
        _put_back(aws, target, before, tell)
        raise
    # What looks for scaling that is suspended without a deployment may have found this one while
    # it waited for its tasks.
    _try_to_set(aws, target, resting, tell)


def _resting(desired: int) -> dict[str, bool]:
    """Say what is suspended in a release.

    Whoever sleeps is woken by a scheduled action, which would not be made up for if it fell into
    the release. Undocumented: our reading.
    """
    awake = {} if desired else {"ScheduledScalingSuspended": False}
    return dict.fromkeys(_IN_WORDS, True) | awake


def _put_back(
    aws: Aws, target: Target, before: Mapping[str, bool], tell: Callable[[str], None]
) -> None:
    try:
        running = history.running(aws, target)
    except AwsError:
        running = None
    # Another release may have won the race, or this one have begun although its answer was lost:
    # the end of what runs resumes scaling.
    if running is None:
        _try_to_set(aws, target, before, tell)


def _try_to_set(
    aws: Aws, target: Target, state: Mapping[str, bool], tell: Callable[[str], None]
) -> None:
    """Set what is suspended; the deployment's own fate is not to be hidden by a failure here."""
    try:
        with aws_errors(f"set the scaling of {target.service}"):
            _set(aws.application_autoscaling, target.cluster, target.service, state)
    except AwsError as error:
        tell(f"{error} See what is suspended with {target.command('status')}")


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
