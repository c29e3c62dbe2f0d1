"""One task from its start to its end, and the runner that knows all of them."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ministack.core.responses import now_iso, request_scope
from ministack.services import ecs

from slipway.leash import Leashed
from slipway.local_aws.capacity import capacity
from slipway.local_aws.capacity.container_instance import ContainerInstance
from slipway.local_aws.machine import Machine
from slipway.local_aws.tasks.environment import Metadata, container_environment, given_variables
from slipway.local_aws.tasks.images import CannotPullContainerError, pull
from slipway.local_aws.tasks.logs import LogConfigurationError, LogStream
from slipway.local_aws.tasks.record import Launch, settle
from slipway.local_aws.tasks.secret_references import SecretUnavailableError, fetch_all

__all__ = ["Launch", "Task", "TaskRunner"]

logger = logging.getLogger("slipway.local_aws.tasks")

_DEFAULT_STOP_TIMEOUT = timedelta(seconds=30)
_LEAST_STOP_TIMEOUT = timedelta(seconds=2)
_SHUTDOWN_PATIENCE = timedelta(seconds=1.5)

_CANNOT_START = (CannotPullContainerError, SecretUnavailableError, LogConfigurationError, OSError)


class Task:
    """A container's process with an address, an environment and a log stream of its own."""

    def __init__(self, machine: Machine, launch: Launch, on_change: Callable[[], None]) -> None:
        self._machine = machine
        self._launch = launch
        self._on_change = on_change
        self._process: Leashed | None = None
        self._lock = threading.Lock()
        self._stop: tuple[str, str] | None = None
        self._settled = threading.Event()
        self._metadata: Metadata | None = None
        self._instance: ContainerInstance | None = None
        self.address = machine.addresses.next()
        self.record = launch.new_record(self.address)
        self.requirements = launch.requirements
        self.unplaced_because: str | None = None
        self.started = time.monotonic()

    @property
    def arn(self) -> str:
        """The task's ARN."""
        return str(self.record["taskArn"])

    @property
    def id(self) -> str:
        """The last part of the task's ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def is_running(self) -> bool:
        """Whether it runs, and is meant to."""
        return bool(self.record["lastStatus"] == "RUNNING") and not self.is_stopping

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked for its end."""
        return self._stop is not None

    @property
    def is_stopped(self) -> bool:
        """Whether it is over."""
        return bool(self.record["lastStatus"] == "STOPPED")

    @property
    def is_displaced(self) -> bool:
        """Whether its container instance drains, so that another task must take over."""
        return self._instance is not None and self._instance.status == "DRAINING"

    @property
    def provider(self) -> str | None:
        """The capacity provider that it was placed with."""
        return self._launch.capacity_provider

    @property
    def cluster(self) -> tuple[str, str, str]:
        """Account, region and name of its cluster."""
        return self._launch.account, self._launch.region, self._launch.cluster

    def place(self, instance: ContainerInstance) -> None:
        """Start on a container instance, with a network interface in its zone."""
        self._instance = instance
        subnets = [name for name, zone in self._launch.subnets.items() if zone == instance.zone]
        self.settle(instance.zone, subnets[0] if subnets else instance.subnet, instance.arn)

    def settle(self, zone: str, subnet: str, instance: str | None = None) -> None:
        """Start in a zone and a subnet."""
        settle(self.record, zone=zone, subnet=subnet, instance=instance)
        self.started = time.monotonic()
        self._settled.set()

    def run(self) -> None:
        """Start the process once there is a place, ship what it writes, tell how it ended."""
        self._settled.wait()
        if self._stop is not None:
            self._finish(*self._stop, None)
            return
        try:
            logs = self._start()
        except _CANNOT_START as error:
            self._finish("TaskFailedToStart", str(error), None)
            return
        except Exception as error:
            # Whatever it is, a task that never ends would keep its service waiting.
            logger.exception("%s could not be started", self.arn)
            self._finish("TaskFailedToStart", f"{type(error).__name__}: {error}", None)
            return
        process = self._process
        if process is None or process.stdout is None:
            self._finish(*(self._stop or ("UserInitiated", "")), None)
            return
        logs.ship(process.stdout.fileno())
        exit_code = process.wait()
        process.stop()
        process.stdout.close()
        stop_code, reason = self._stop or (
            "EssentialContainerExited",
            "Essential container in task exited",
        )
        self._finish(stop_code, reason, exit_code)

    def stop(self, stop_code: str, reason: str) -> None:
        """Ask for the task's end: SIGTERM, then SIGKILL after the container's stop timeout."""
        with self._lock:
            if self._stop is not None or self.is_stopped:
                return
            self._stop = (stop_code, reason)
            process = self._process
            self.record.update(
                desiredStatus="STOPPED",
                lastStatus="STOPPING",
                stopCode=stop_code,
                stoppedReason=reason,
                stoppingAt=now_iso(),
            )
        self._settled.set()
        if process is not None:
            threading.Thread(target=process.stop, name=f"stop {self.id}", daemon=True).start()
        self._on_change()

    def _start(self) -> LogStream:
        launch, container = self._launch, self._launch.container
        self.record["lastStatus"] = "PENDING"
        self.record["pullStartedAt"] = now_iso()
        image = pull(
            container["image"],
            self._machine.images,
            role=launch.task_definition.get("executionRoleArn") or "",
            account=launch.account,
        )
        self.record["pullStoppedAt"] = now_iso()
        metadata = self._metadata = Metadata(self._machine, self.record, self.address)
        logs = self._log_stream(container)
        role_account = _account_of(launch.task_definition.get("executionRoleArn")) or launch.account
        secret_values = fetch_all(
            container,
            region=launch.region,
            client=lambda service, region: self._machine.client(
                service, account=role_account, region=region
            ),
        )
        given = given_variables(
            self._machine,
            address=self.address,
            metadata_uri=metadata.uri,
            launch_type=self.record["launchType"],
            account=_account_of(launch.task_definition.get("taskRoleArn")) or launch.account,
            region=launch.region,
        )
        with self._lock:
            if self._stop is not None:
                return logs
            self._process = Leashed(
                container.get("command") or image.command,
                grace=self._stop_timeout(container),
                cwd=image.working_directory,
                env=container_environment(self._machine, image, container, secret_values, given),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            self.record.update(lastStatus="RUNNING", startedAt=now_iso())
            self.record["containers"][0]["lastStatus"] = "RUNNING"
        metadata.running()
        self._on_change()
        return logs

    def _log_stream(self, container: dict[str, Any]) -> LogStream:
        configuration = container.get("logConfiguration") or {}
        options = configuration.get("options", {})
        if configuration.get("logDriver") != "awslogs":
            return LogStream(None, "", "")
        region = options.get("awslogs-region", self._launch.region)
        return LogStream.open(
            self._machine.client("logs", account=self._launch.account, region=region),
            options["awslogs-group"],
            f"{options.get('awslogs-stream-prefix', 'ecs')}/{container['name']}/{self.id}",
        )

    def _stop_timeout(self, container: dict[str, Any]) -> timedelta:
        seconds = container.get("stopTimeout")
        timeout = _DEFAULT_STOP_TIMEOUT if seconds is None else timedelta(seconds=int(seconds))
        return max(timedelta(seconds=self._machine.clock.wall(timeout)), _LEAST_STOP_TIMEOUT)

    def _finish(self, stop_code: str, reason: str, exit_code: int | None) -> None:
        with self._lock:
            now = now_iso()
            self.record.setdefault("stoppingAt", now)
            self.record.update(
                desiredStatus="STOPPED",
                lastStatus="STOPPED",
                stopCode=stop_code,
                stoppedReason=reason,
                stoppedAt=now,
                executionStoppedAt=now,
            )
            self.record["version"] += 1
            container = self.record["containers"][0]
            container["lastStatus"] = "STOPPED"
            if exit_code is None:
                container["reason"] = reason
            else:
                container["exitCode"] = exit_code
        if self._metadata is not None:
            self._metadata.forget()
        capacity(self._machine).release(self)
        logger.info("task %s stopped: %s (exit code %s)", self.id, reason, exit_code)
        self._on_change()

    def leave_with_machine(self) -> None:
        """End the process because the machine stops; its leash lets go of nothing."""
        if self._process is not None:
            self._process.stop()


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


def _account_of(role_arn: str | None) -> str | None:
    return role_arn.split(":")[4] if role_arn else None
