"""The states that a task goes through, as DescribeTasks shows them in its record.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
"""

from __future__ import annotations

from typing import Any

from ministack.core.responses import now_iso

Record = dict[str, Any]


def pending(record: Record) -> None:
    """Say that it has a place, and that its image is being pulled."""
    record.update(lastStatus="PENDING", pullStartedAt=now_iso())


def pulled(record: Record) -> None:
    """Say that its image is there."""
    record["pullStoppedAt"] = now_iso()


def running(record: Record) -> None:
    """Say that its container runs."""
    record.update(lastStatus="RUNNING", startedAt=now_iso())
    container = record["containers"][0]
    container["lastStatus"] = "RUNNING"
    for agent in container.get("managedAgents", ()):
        agent.update(lastStatus="RUNNING", lastStartedAt=now_iso())


def stopping(record: Record, stop_code: str, reason: str) -> None:
    """Say that somebody asked for its end, and why."""
    record.update(
        desiredStatus="STOPPED",
        lastStatus="STOPPING",
        stopCode=stop_code,
        stoppedReason=reason,
        stoppingAt=now_iso(),
    )


def stopped(record: Record, stop_code: str, reason: str, exit_code: int | None) -> None:
    """Say that it is over; without an exit code its container never ran."""
    now = now_iso()
    record.setdefault("stoppingAt", now)
    record.update(
        desiredStatus="STOPPED",
        lastStatus="STOPPED",
        stopCode=stop_code,
        stoppedReason=reason,
        stoppedAt=now,
        executionStoppedAt=now,
    )
    record["version"] += 1
    container = record["containers"][0]
    container["lastStatus"] = "STOPPED"
    for attachment in record["attachments"]:
        attachment["status"] = "DELETED"
    for agent in container.get("managedAgents", ()):
        agent["lastStatus"] = "STOPPED"
    if exit_code is None:
        container["reason"] = reason
    else:
        container["exitCode"] = exit_code
