"""Why releases ended as they did: what one wants to read when a test of them has failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from slipway.release import Target
from slipway.release.diagnostics import LAMBDA_CHATTER
from slipway.release.logs import has_passed

_LINES_OF_A_FUNCTION = 20

Client = Callable[[str], Any]


def story(client: Client, target: Target, functions: tuple[str, ...]) -> str:
    """Tell every deployment of a service, the oldest first, and what may have decided it.

    Parameters
    ----------
    client
        Makes a client of an AWS service by its name.
    target
        The service.
    functions
        Lambda functions besides the hooks, whose last lines are wanted.
    """
    codedeploy, logs = client("codedeploy"), client("logs")
    lines = []
    ids = codedeploy.list_deployments(
        applicationName=target.application, deploymentGroupName=target.deployment_group
    )["deployments"]
    for id_ in reversed(ids):
        lines += _deployment(codedeploy, logs, target, id_)
    lines += _alarms(client("cloudwatch"), target)
    for name in functions:
        lines += (f"{name}: {said}" for said in logged(logs, name)[-_LINES_OF_A_FUNCTION:])
    return "\n".join(lines)


def _deployment(codedeploy: Any, logs: Any, target: Target, id_: str) -> Iterator[str]:
    info = codedeploy.get_deployment(deploymentId=id_)["deploymentInfo"]
    what = info.get("description") or f"rollback by {info.get('creator')}"
    yield f"{info['createTime']:%H:%M:%S} {id_} {info['status']}: {what}"
    if error := info.get("errorInformation"):
        yield f"    {error['code']}: {error['message']}"
    shown = codedeploy.get_deployment_target(
        deploymentId=id_, targetId=f"{target.cluster}:{target.service}"
    )["deploymentTarget"]["ecsTarget"]
    for event in shown["lifecycleEvents"]:
        if event["status"] == "Failed":
            yield f"    {event['lifecycleEventName']} failed"
    for name, function in target.hooks.items():
        for said in logged(logs, function):
            if id_ in said and not has_passed(said):
                yield f"    {name} said: {said}"


def _alarms(cloudwatch: Any, target: Target) -> Iterator[str]:
    for name in target.alarms:
        history = cloudwatch.describe_alarm_history(AlarmName=name)["AlarmHistoryItems"]
        for item in history:
            if "to ALARM" in item["HistorySummary"]:
                yield f"{item['Timestamp']:%H:%M:%S} {name}: {item['HistorySummary']}"


def logged(logs: Any, function: str) -> list[str]:
    """All lines of a function, none where it never ran."""
    group = f"/aws/lambda/{function}"
    try:
        events = logs.filter_log_events(logGroupName=group)["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    said = (event["message"].rstrip() for event in events)
    return [line for line in said if not line.startswith(LAMBDA_CHATTER)]
