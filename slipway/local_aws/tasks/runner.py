"""The runner that knows all tasks of the machine."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from ministack.core.responses import request_scope
from ministack.services import ecs

from slipway.local_aws.capacity import capacity
from slipway.local_aws.machine import Machine
from slipway.local_aws.tasks.record import Launch
from slipway.local_aws.tasks.task import Task

_SHUTDOWN_PATIENCE = timedelta(seconds=1.5)


class TaskRunner:
    """Starts tasks, and finds them again by ARN."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._tasks: dict[str, Task] = {}
        self._closed = False

    def start(self, launch: Launch, on_change: Callable[[], None] = lambda: None) -> Task:
        """Start a task in the background; DescribeTasks shows it from now on."""
        task = Task(self._machine, launch, on_change)
        with request_scope(launch.account, launch.region):
            ecs._tasks[task.arn] = task.record
        self._tasks[task.arn] = task
        if not self._closed:
            threading.Thread(target=task.run, name=f"task {task.id}", daemon=True).start()
        if launch.on_fargate:
            subnet = self._least_used_subnet(launch)
            task.settle(launch.subnets.get(subnet, f"{launch.region}a"), subnet)
        else:
            capacity(self._machine).admit(task)
        return task

    def _least_used_subnet(self, launch: Launch) -> str:
        """Spread the tasks of a group over its subnets, as Fargate spreads them over zones."""
        zones = launch.subnets
        used = Counter(
            task.record.get("availabilityZone")
            for task in list(self._tasks.values())
            if task.record["group"] == launch.group
            and task.cluster == (launch.account, launch.region, launch.cluster)
            and not task.is_stopped
        )
        return min(zones, key=lambda subnet: used[zones[subnet]], default="")

    def find(self, arn: str) -> Task | None:
        """Return the task with an ARN."""
        return self._tasks.get(arn)

    def stop_all(self) -> None:
        """Stop every process; each leash carries on by itself if this process ends first."""
        self._closed = True
        threads = [
            threading.Thread(target=task.leave_with_machine, daemon=True)
            for task in list(self._tasks.values())
            if not task.is_stopped
        ]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + _SHUTDOWN_PATIENCE.total_seconds()
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
