"""AWS CodeDeploy for Amazon ECS: blue/green with hooks, alarms and rollback."""

from __future__ import annotations

import functools

from ministack import app
from ministack.core import router

from slipway.local_aws.codedeploy.api import CodeDeploy
from slipway.local_aws.machine import Machine

__all__ = ["CodeDeploy", "install", "service"]


def install(machine: Machine) -> None:
    """Answer CodeDeploy's API, which MiniStack does not know."""
    router.SERVICE_PATTERNS["codedeploy"] = {"target_prefixes": ["CodeDeploy_20141006"]}
    app.SERVICE_HANDLERS["codedeploy"] = service(machine).handle


@functools.cache
def service(machine: Machine) -> CodeDeploy:
    """Return the one CodeDeploy of a machine."""
    return CodeDeploy(machine)
