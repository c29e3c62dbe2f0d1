"""What requests about deployments must keep to, whatever they name."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from slipway.local_aws.codedeploy.errors import CodeDeployError

Request = dict[str, Any]

# https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html
MOST_ALARMS = 10
_LONGEST_DESCRIPTION = 256
_LONGEST_ALARM_NAME = 255
_PAGE = 100

_STATUSES = (
    *("Created", "Queued", "InProgress", "Baking", "Succeeded", "Failed", "Stopped", "Ready"),
)
_ROLLBACK_EVENTS = (
    *("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"),
)

# What a request may say about other platforms only, and the error that says so.
_NOT_FOR_ECS = {
    "fileExistsBehavior": "InvalidFileExistsBehaviorException",
    "targetInstances": "InvalidTargetInstancesException",
    "updateOutdatedInstancesOnly": "InvalidUpdateOutdatedInstancesOnlyValueException",
    "ignoreApplicationStopFailures": "InvalidIgnoreApplicationStopFailuresValueException",
}


def require_ecs_request(request: Request) -> None:
    """Check what CreateDeployment asks for besides its group and revision."""
    for member, code in _NOT_FOR_ECS.items():
        if request.get(member):
            raise CodeDeployError(
                code, f"For Lambda and ECS deployment, {member} can not be specified"
            )
    if request.get("deploymentMode") == "RESTART":
        raise CodeDeployError("InvalidInputException", "An ECS deployment can't be a RESTART")
    if len(request.get("description") or "") > _LONGEST_DESCRIPTION:
        raise CodeDeployError(
            "DescriptionTooLongException",
            f"A description has at most {_LONGEST_DESCRIPTION} characters",
        )
    require_auto_rollback(request.get("autoRollbackConfiguration") or {})
    require_alarms(request.get("overrideAlarmConfiguration") or {})


def require_auto_rollback(configuration: Request) -> None:
    """Check an AutoRollbackConfiguration."""
    events = configuration.get("events") or []
    unknown = [event for event in events if event not in _ROLLBACK_EVENTS]
    if unknown or (configuration.get("enabled") and not events):
        raise CodeDeployError(
            "InvalidAutoRollbackConfigException",
            f"Automatic rollback needs events out of {', '.join(_ROLLBACK_EVENTS)}",
        )


def require_alarms(configuration: Request) -> None:
    """Check an AlarmConfiguration."""
    names = [alarm.get("name") or "" for alarm in configuration.get("alarms") or []]
    if len(names) > MOST_ALARMS:
        raise CodeDeployError(
            "AlarmsLimitExceededException",
            f"A deployment group watches at most {MOST_ALARMS} alarms",
        )
    twice = [name for name, times in Counter(names).items() if times > 1]
    if (
        twice
        or any(not 0 < len(name) <= _LONGEST_ALARM_NAME for name in names)
        or (configuration.get("enabled") and not names)
    ):
        raise CodeDeployError(
            "InvalidAlarmConfigException", "Each alarm must be named, once; and there must be one"
        )


def require_deployment_id(deployment_id: str) -> None:
    """Check the form of an id."""
    if not deployment_id.startswith("d-"):
        raise CodeDeployError(
            "InvalidDeploymentIdException", f"{deployment_id} is not a valid deployment ID"
        )


def require_statuses(statuses: list[str]) -> None:
    """Check statuses to filter by."""
    for status in statuses:
        if status not in _STATUSES:
            raise CodeDeployError(
                "InvalidDeploymentStatusException", f"{status} is not a deployment status"
            )


def time_range(wanted: Request) -> tuple[float, float]:
    """Return start and end of a TimeRange, in seconds since 1970; either may be open."""
    start, end = wanted.get("start"), wanted.get("end")
    first = 0.0 if start is None else float(start)
    last = math.inf if end is None else float(end)
    if first > last:
        raise CodeDeployError("InvalidTimeRangeException", "The start is later than the end")
    return first, last


def page(items: list[str], token: str | None, member: str) -> dict[str, Any]:
    """Return the page that begins after the item that a token names."""
    if token and token not in items:
        raise CodeDeployError("InvalidNextTokenException", "The next token is not valid")
    first = items.index(token) + 1 if token else 0
    found = items[first : first + _PAGE]
    answer: dict[str, Any] = {member: found}
    return {**answer, "nextToken": found[-1]} if first + _PAGE < len(items) else answer
