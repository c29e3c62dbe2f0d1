"""Why a release fails: what the hook's function logged, and why tasks stopped."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from slipway.release.aws import Aws
from slipway.release.target import Target, short

# What the Lambda service itself writes around every invocation.
LAMBDA_CHATTER = ("INIT_START", "START RequestId", "END RequestId", "REPORT RequestId")


def hook_log_lines(
    aws: Aws, function_name: str, since: datetime | None, limit: int = 10
) -> tuple[str, ...]:
    """Last lines that a hook's function logged, the oldest first.

    Empty when the log can't be read: a missing permission must not hide the failure itself.

    See https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    """
    log_group = f"/aws/lambda/{function_name}"
    began = {"startTime": int(since.timestamp() * 1000)} if since else {}
    try:
        streams = aws.logs.describe_log_streams(
            logGroupName=log_group, orderBy="LastEventTime", descending=True, limit=1
        )["logStreams"]
        events = [
            event
            for stream in streams
            for event in aws.logs.get_log_events(
                logGroupName=log_group,
                logStreamName=stream["logStreamName"],
                startFromHead=False,
                **began,
            )["events"]
        ]
    except (ClientError, BotoCoreError):
        return ()
    lines = [event["message"].rstrip() for event in events]
    return tuple(line for line in lines if line and not line.startswith(LAMBDA_CHATTER))[-limit:]


def stopped_tasks(
    aws: Aws, target: Target, since: datetime | None, known: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield ARN and reason of each stopped task of the target's revision that isn't known yet.

    Parameters
    ----------
    since
        Tasks created before belong to an earlier release of the same revision.
    known
        ARNs of the tasks that were told already.

    See https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html
    """
    try:
        arns = aws.ecs.list_tasks(
            cluster=target.cluster, serviceName=target.service, desiredStatus="STOPPED"
        )["taskArns"]
        new = [arn for arn in arns if arn not in known]
        tasks = aws.ecs.describe_tasks(cluster=target.cluster, tasks=new)["tasks"] if new else []
    except (ClientError, BotoCoreError):
        return
    for task in tasks:
        created = task.get("createdAt")
        is_earlier = since and created and created < since
        if short(task["taskDefinitionArn"]) == short(target.revision) and not is_earlier:
            yield task["taskArn"], stop_reason(task)


def stop_reason(task: Mapping[str, Any]) -> str:
    """Say why a task stopped: what ECS says of it, and of each of its containers."""
    reasons = [task.get("stoppedReason") or "no reason given"]
    for container in task.get("containers", []):
        if container.get("reason"):
            reasons.append(f"{container['name']}: {container['reason']}")
        elif container.get("exitCode"):
            reasons.append(f"{container['name']} exited with code {container['exitCode']}")
    return "; ".join(reasons)
