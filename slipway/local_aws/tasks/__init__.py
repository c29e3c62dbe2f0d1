"""Tasks as operating-system processes: one loopback address each, their image a directory."""

from __future__ import annotations

import functools

from slipway.local_aws.machine import Machine
from slipway.local_aws.tasks.record import Launch
from slipway.local_aws.tasks.runner import TaskRunner
from slipway.local_aws.tasks.task import NotRunningError, Task

__all__ = ["Launch", "NotRunningError", "Task", "TaskRunner", "install", "runner"]


def install(machine: Machine) -> None:
    """Have every task stopped together with the machine."""
    machine.on_shutdown(runner(machine).stop_all)


@functools.cache
def runner(machine: Machine) -> TaskRunner:
    """Return the one runner of a machine."""
    return TaskRunner(machine)
