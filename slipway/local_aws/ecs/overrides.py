"""What RunTask changes of a task definition, for one task."""

from __future__ import annotations

import json
from typing import Any

from slipway.local_aws.ecs.errors import EcsError

_LONGEST = 8192
_OF_TASK = ("cpu", "memory", "executionRoleArn", "taskRoleArn", "ephemeralStorage")
_NOT_CARRIED_OUT = ("environmentFiles", "resourceRequirements")


def overridden(definition: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    """Return a task definition as one task has it; what overrides its containers is left to them.

    Raises
    ------
    EcsError
        The overrides are too long, name a container that isn't there, or can't be followed here.
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    """
    if len(json.dumps(overrides, separators=(",", ":"))) > _LONGEST:
        raise _refusal(f"Overrides length must be at most {_LONGEST}")
    if overrides.get("inferenceAcceleratorOverrides"):
        raise _refusal("inferenceAcceleratorOverrides is not carried out on this machine")
    names = {container["name"] for container in definition["containerDefinitions"]}
    for item in overrides.get("containerOverrides") or []:
        if item.get("name") not in names:
            raise _refusal(
                f"Override for container named {item.get('name')} is not a container in the "
                "TaskDefinition."
            )
        for member in _NOT_CARRIED_OUT:
            if item.get(member):
                raise _refusal(f"{member} is not carried out on this machine")
    return {**definition, **{name: overrides[name] for name in _OF_TASK if overrides.get(name)}}


def _refusal(words: str) -> EcsError:
    return EcsError("InvalidParameterException", words)
