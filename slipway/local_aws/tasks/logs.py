"""A container's output on its way to CloudWatch Logs, as the awslogs driver sends it."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from slipway.local_aws.machine import Machine
from slipway.local_aws.tasks.record import Launch

logger = logging.getLogger("slipway.local_aws.tasks")

_GATHERING_SECONDS = 0.2


class LogConfigurationError(Exception):
    """The log group isn't there; the task stops with this reason."""


class LogStream:
    """One stream of one log group; without a client, output is read and dropped."""

    def __init__(self, client: Any, group: str, stream: str) -> None:
        self._client = client
        self._group = group
        self._stream = stream

    @classmethod
    def open(cls, client: Any, group: str, stream: str) -> LogStream:
        """Create the stream.

        Raises
        ------
        LogConfigurationError
            The group doesn't exist; awslogs-create-group isn't supported here.
        """
        try:
            client.create_log_stream(logGroupName=group, logStreamName=stream)
        except ClientError as error:
            raise LogConfigurationError(
                "ResourceInitializationError: failed to validate logger args: failed to create "
                f"Cloudwatch log stream: {error}"
            ) from error
        return cls(client, group, stream)

    def ship(self, descriptor: int) -> None:
        """Send what is read from a pipe, line by line, until it ends."""
        rest = b""
        lines: list[dict[str, Any]] = []
        due = 0.0
        while True:
            patience = max(0.0, due - time.monotonic()) if lines else None
            readable, _, _ = select.select([descriptor], [], [], patience)
            chunk = os.read(descriptor, 65536) if readable else None
            if chunk is not None:
                *complete, rest = (rest + chunk).split(b"\n")
                if not chunk and rest:
                    complete.append(rest)
                if complete and not lines:
                    due = time.monotonic() + _GATHERING_SECONDS
                lines += [event_of(line) for line in complete if line.strip()]
            if lines and (chunk == b"" or time.monotonic() >= due):
                self.put(lines)
                lines = []
            if chunk == b"":
                return

    def put(self, events: list[dict[str, Any]]) -> None:
        """Send events; what the service doesn't take is lost."""
        if self._client is None:
            return
        with contextlib.suppress(BotoCoreError):
            try:
                self._client.put_log_events(
                    logGroupName=self._group, logStreamName=self._stream, logEvents=events
                )
            except ClientError as error:
                logger.warning("log events of %s are lost: %s", self._stream, error)


def log_group_of(container: dict[str, Any]) -> str | None:
    """Return where a container definition has its output go, if that is CloudWatch Logs."""
    configuration = container.get("logConfiguration") or {}
    if configuration.get("logDriver") != "awslogs":
        return None
    return str(configuration["options"]["awslogs-group"])


def log_stream_of(
    machine: Machine, launch: Launch, container: dict[str, Any], task: str
) -> LogStream:
    """Create the stream of a container; of one that logs elsewhere, output is dropped.

    Raises
    ------
    LogConfigurationError
        Its log group doesn't exist.
    """
    group = log_group_of(container)
    if group is None:
        return LogStream(None, "", "")
    options = container["logConfiguration"]["options"]
    region = options.get("awslogs-region", launch.region)
    return LogStream.open(
        machine.client("logs", account=launch.account, region=region),
        group,
        f"{options.get('awslogs-stream-prefix', 'ecs')}/{container['name']}/{task}",
    )


def event_of(line: bytes) -> dict[str, Any]:
    """Return a line as the event that it becomes now."""
    message = line.rstrip(b"\r").decode("utf-8", errors="replace")
    return {"timestamp": int(time.time() * 1000), "message": message}
