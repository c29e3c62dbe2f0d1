"""How many tasks a service has, and between which limits scaling moves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.release import Aws, ReleaseError, Target, running
from slipway.release.errors import ReleaseInProgressError, aws_errors
from slipway.release.live import read_service
from slipway.release.scaling import suspended


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The tasks of a service, and what moves their number."""

    service: str
    desired: int
    """Tasks that are wanted now."""
    running: int
    """Tasks that run; during a release, those of both sides."""
    minimum: int | None
    """Scaling goes no lower; None where the service does not scale."""
    maximum: int | None
    """Scaling goes no higher."""
    suspended: tuple[str, ...]
    """What of its scaling rests."""
    schedule: tuple[str, ...]
    """What sets the limits by the clock: ``opening: cron(0 7 ? * MON-FRI *) Europe/Dublin``."""


class ScaleError(ReleaseError):
    """A number of tasks that can't be."""


def look(aws: Aws, target: Target) -> Scale:
    """Say how many tasks a service has, and what moves their number.

    Raises
    ------
    TargetError
        The service doesn't exist.
    AwsError
        AWS refuses or can't be reached.
    """
    service = read_service(aws, target)
    with aws_errors(f"read the scaling of {target.service}"):
        limits = _limits(aws, target)
        schedule = aws.application_autoscaling.describe_scheduled_actions(**_resource(target))
    return Scale(
        service=target.service,
        desired=int(service["desiredCount"]),
        running=int(service["runningCount"]),
        minimum=limits["MinCapacity"] if limits else None,
        maximum=limits["MaxCapacity"] if limits else None,
        suspended=suspended(aws, target),
        schedule=tuple(
            f"{each['ScheduledActionName']}: {each['Schedule']} {each.get('Timezone', 'UTC')}"
            for each in schedule["ScheduledActions"]
        ),
    )


def scale(
    aws: Aws,
    target: Target,
    *,
    tasks: int | None = None,
    minimum: int | None = None,
    maximum: int | None = None,
) -> bool:
    """Set the number of tasks, the limits of scaling, or both.

    They hold until scaling, office hours or a change of the stack's own limits sets others.

    Parameters
    ----------
    tasks
        How many are wanted now: scaling goes on from there.
    minimum, maximum
        The limits; one that is not named stays.

    Returns
    -------
    bool
        Whether anything had to be set: what is as it is wanted stays untouched.

    Raises
    ------
    ScaleError
        The service does not scale between limits, or a number lies outside of them.
    ReleaseInProgressError
        A release runs: ECS would scale both sides, and the deployment fail.
    TargetError
        The service doesn't exist.
    AwsError
        AWS refuses or can't be reached.

    See https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    and https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    """
    now = look(aws, target)
    if now.minimum is None or now.maximum is None:
        raise ScaleError(f"{target.service} has no limits to scale between: deploy its stack again")
    lowest = now.minimum if minimum is None else minimum
    highest = now.maximum if maximum is None else maximum
    if lowest > highest:
        missing = "--max" if maximum is None else "--min" if minimum is None else None
        mend = f"name {missing} too" if missing else "--min goes to --max at most"
        raise ScaleError(
            f"{target.service} can't have at least {lowest} and at most {highest} tasks: {mend}"
        )
    if tasks is not None and not lowest <= tasks <= highest:
        side = "--min" if tasks < lowest else "--max"
        raise ScaleError(
            f"{tasks} tasks are outside of {lowest} to {highest}, and scaling would put that "
            f"right at once: add {side} {tasks}"
        )
    new_limits = (lowest, highest) != (now.minimum, now.maximum)
    new_number = tasks is not None and tasks != now.desired
    if not (new_limits or new_number):
        return False
    _refuse_during_a_release(aws, target)
    if new_limits:
        with aws_errors(f"set the limits of {target.service}"):
            aws.application_autoscaling.register_scalable_target(
                **_resource(target),
                MinCapacity=lowest,
                MaxCapacity=highest,
            )
    if new_number:
        with aws_errors(f"set the number of tasks of {target.service}"):
            aws.ecs.update_service(
                cluster=target.cluster, service=target.service, desiredCount=tasks
            )
    return True


_DIMENSION = "ecs:service:DesiredCount"


def _refuse_during_a_release(aws: Aws, target: Target) -> None:
    current = running(aws, target)
    if current is not None:
        raise ReleaseInProgressError(
            f"{target.service} is being released ({current.id}), and its scaling rests: wait for "
            f"its end with {target.command('watch')}, or end it with {target.command('stop')}"
        )


def _limits(aws: Aws, target: Target) -> Mapping[str, Any] | None:
    found = aws.application_autoscaling.describe_scalable_targets(
        ServiceNamespace="ecs",
        ResourceIds=[_resource_id(target)],
        ScalableDimension=_DIMENSION,
    )["ScalableTargets"]
    return found[0] if found else None


def _resource(target: Target) -> dict[str, str]:
    return {
        "ServiceNamespace": "ecs",
        "ResourceId": _resource_id(target),
        "ScalableDimension": _DIMENSION,
    }


def _resource_id(target: Target) -> str:
    return f"service/{target.cluster}/{target.service}"
