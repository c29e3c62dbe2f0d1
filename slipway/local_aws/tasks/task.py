"""One task from its start to its end."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from slipway.leash import Leashed
from slipway.local_aws.capacity import capacity
from slipway.local_aws.capacity.container_instance import ContainerInstance
from slipway.local_aws.machine import Machine
from slipway.local_aws.tasks import states
from slipway.local_aws.tasks.environment import Metadata
from slipway.local_aws.tasks.images import CannotPullContainerError, pull
from slipway.local_aws.tasks.logs import (
    LogConfigurationError,
    LogStream,
    log_group_of,
    log_stream_of,
)
from slipway.local_aws.tasks.record import Launch, SeveralContainersError, settle
from slipway.local_aws.tasks.secret_references import SecretUnavailableError
from slipway.local_aws.tasks.surroundings import Surroundings, surroundings

logger = logging.getLogger("slipway.local_aws.tasks")

# With its container a process ends at once; it takes along what it has started.
_GRACE_OF_JOINED = timedelta(seconds=0.5)

_CANNOT_START = (
    SeveralContainersError,
    CannotPullContainerError,
    SecretUnavailableError,
    LogConfigurationError,
    OSError,
)


class NotRunningError(Exception):
    """A task doesn't run yet, or not any more."""


class Task:
    """A container's process with an address, an environment and a log stream of its own."""

    def __init__(self, machine: Machine, launch: Launch, on_change: Callable[[], None]) -> None:
        self._machine = machine
        self._launch = launch
        self._on_change = on_change
        self._process: Leashed | None = None
        self._surroundings: Surroundings | None = None
        self._joined: set[Leashed] = set()
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

    def log_group(self, container: str) -> str | None:
        """Return where a container's output goes, if it goes to CloudWatch Logs."""
        definitions = self._launch.task_definition["containerDefinitions"]
        return next((log_group_of(each) for each in definitions if each["name"] == container), None)

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
            states.stopping(self.record, stop_code, reason)
        self._settled.set()
        if process is not None:
            threading.Thread(target=process.stop, name=f"stop {self.id}", daemon=True).start()
        self._on_change()

    def join(
        self,
        command: Sequence[str],
        *,
        stdin: int,
        stdout: int,
        stderr: int,
        terminal: bool,
        variables: Mapping[str, str],
    ) -> Leashed:
        """Start a further process in the task, with all that its container's own was given.

        It ends with the task at the latest. Whoever asked for it stops it, and then `leave`s.

        Parameters
        ----------
        stdin, stdout, stderr, terminal
            As `Leashed` has them.
        variables
            What it is given besides.

        Raises
        ------
        NotRunningError
            The task doesn't run yet, or not any more.
        """
        with self._lock:
            around = self._surroundings
            if around is None or self.record["lastStatus"] != "RUNNING":
                raise NotRunningError(self.arn)
            process = around.start(
                command,
                grace=_GRACE_OF_JOINED,
                variables=variables,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                terminal=terminal,
            )
            self._joined.add(process)
        return process

    def leave(self, process: Leashed) -> None:
        """Forget a process that has ended."""
        with self._lock:
            self._joined.discard(process)

    def _start(self) -> LogStream:
        launch, container = self._launch, self._launch.container
        launch.require_one_process()
        states.pending(self.record)
        image = pull(
            container["image"],
            self._machine.images,
            role=launch.task_definition.get("executionRoleArn") or "",
            account=launch.account,
        )
        states.pulled(self.record)
        metadata = self._metadata = Metadata(self._machine, self.record, self.address)
        logs = log_stream_of(self._machine, launch, container, self.id)
        around = surroundings(
            self._machine,
            launch,
            image,
            address=self.address,
            metadata_uri=metadata.uri,
            on=self.record["launchType"],
        )
        with self._lock:
            if self._stop is not None:
                return logs
            self._surroundings = around
            self._process = around.start(
                around.command,
                grace=around.stop_timeout,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            states.running(self.record)
        metadata.running()
        self._on_change()
        return logs

    def _finish(self, stop_code: str, reason: str, exit_code: int | None) -> None:
        with self._lock:
            states.stopped(self.record, stop_code, reason, exit_code)
            joined = tuple(self._joined)
        for process in joined:
            process.stop()
        if self._metadata is not None:
            self._metadata.forget()
        capacity(self._machine).release(self)
        logger.info("task %s stopped: %s (exit code %s)", self.id, reason, exit_code)
        self._on_change()

    def leave_with_machine(self) -> None:
        """End the process because the machine stops; its leash lets go of nothing."""
        if self._process is not None:
            self._process.stop()
