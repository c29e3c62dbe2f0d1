"""Why ECS finds no place for a task, and what helps, whatever word it has for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

PAGE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html"
_ROOM = "docs/runbooks/tasks-without-room.md"


@dataclass(frozen=True)
class Cause:
    """What a reason of ECS means."""

    said: str
    """What ECS writes, as a regular expression."""
    means: str
    mend: str
    """What to do about it, to follow a colon."""


_MORE_INSTANCES = "allow more instances with capacity.ec2.max, or larger ones"

# The first that fits. Those in capitals are on the page above: of RunTask, of StartTask (MISSING,
# INACTIVE: the instance went away in between), and of tasks that were taken and never placed. What
# Fargate says is among the events of services:
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
_CAUSES = (
    Cause(
        r"\bRESOURCE:CPU\b",
        "no instance has so much CPU left",
        f"ask for less with --cpu, or {_MORE_INSTANCES}",
    ),
    Cause(
        r"\bRESOURCE:MEMORY\b",
        "no instance has so much memory left",
        f"ask for less with --memory, or {_MORE_INSTANCES}",
    ),
    Cause(
        r"\bRESOURCE:ENI\b",
        "no instance can take one more network interface",
        f"see which instances have no trunk ({_ROOM}), or allow more with capacity.ec2.max",
    ),
    Cause(
        r"\bRESOURCE:",
        "no instance has what its task definition asks for",
        f"{_MORE_INSTANCES}; {_ROOM} says how to look",
    ),
    Cause(
        r"\bAGENT\b",
        "the agent of ECS on the instance has lost its connection",
        f"try again in a moment; if it stays so, terminate the instance ({_ROOM})",
    ),
    Cause(
        r"\bLOCATION\b",
        "no instance is in an availability zone of the service's subnets",
        "see whether one zone has lost its instances, and try again once there is one",
    ),
    Cause(
        r"\bATTRIBUTE\b",
        "no instance has what its task definition requires, such as the processor",
        "compare the service's architecture with capacity.ec2.instance_types",
    ),
    Cause(
        r"placement constraint",
        "no instance meets the placement constraints",
        "compare those of its task definition with the instances that run",
    ),
    Cause(
        r"\bNO ACTIVE INSTANCES\b|\bEMPTY CAPACITY PROVIDER\b|No Container Instances",
        "the capacity provider has no instance",
        f"see why its Auto Scaling group starts none ({_ROOM})",
    ),
    Cause(
        r"\b(INACTIVE|MISSING)\b",
        "the instance that ECS chose has just left the cluster",
        "try again",
    ),
    Cause(
        r"[Cc]apacity is unavailable",
        "Fargate has no capacity for it now",
        "try again later, or another size with --cpu and --memory",
    ),
    Cause(
        r"reached the limit on the number of",
        "the account's quota of Fargate is used up",
        "wait until other tasks have ended, or ask for more in Service Quotas",
    ),
    Cause(
        r"configuration is above your limit",
        "the account's quota of Fargate allows no task of this size",
        "ask for less with --cpu and --memory, or for more in Service Quotas",
    ),
)


def cause_of(reason: str) -> Cause | None:
    """Say what a reason means; None for one that nobody has documented."""
    return next((cause for cause in _CAUSES if re.search(cause.said, reason)), None)


def explain(reasons: Iterable[str]) -> str:
    """Put reasons in one line, each with what helps, and each once: every instance has its own."""
    found = [_explained(reason) for reason in dict.fromkeys(reasons)]
    return "; ".join(found) or f"ECS gives no reason: try again, and see {PAGE}"


def _explained(reason: str) -> str:
    cause = cause_of(reason)
    if cause is None:
        return f"{reason}: see {PAGE}"
    return f"{cause.means} ({reason.rstrip('.')}): {cause.mend}"
