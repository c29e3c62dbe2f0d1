"""What a build prints, on its way to CloudWatch Logs."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from slipway.local_aws.codebuild.errors import PhaseFailedError
from slipway.local_aws.tasks.logs import LogStream, event_of

_GATHERING_SECONDS = 0.3
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
_MOST_EVENTS = 1000


class BuildLog:
    """The log stream of one build; without a stream, nothing is kept."""

    def __init__(self, stream: LogStream) -> None:
        self._stream = stream
        self._rest = b""
        self._events: list[dict[str, Any]] = []
        self._due = 0.0

    @classmethod
    def none(cls) -> BuildLog:
        """Return a log that keeps nothing."""
        return cls(LogStream(None, "", ""))

    @classmethod
    def open(cls, client: Any, group: str, stream: str, *, may_create_group: bool) -> BuildLog:
        """Create the stream.

        Raises
        ------
        PhaseFailedError
            The group that the project names isn't there.
        """
        try:
            if may_create_group:
                _create_group(client, group)
            client.create_log_stream(logGroupName=group, logStreamName=stream)
        except (ClientError, BotoCoreError) as error:
            # Seen in the wild with ACCESS_DENIED; the words are our reading.
            raise PhaseFailedError(
                "ACCESS_DENIED",
                f"CodeBuild could not create the log stream {stream} in the log group {group}: "
                f"{error}",
            ) from error
        return cls(LogStream(client, group, stream))

    def write(self, output: bytes) -> None:
        """Take what commands print: each line becomes an event."""
        *complete, self._rest = (self._rest + output).split(b"\n")
        self._add(complete)

    def say(self, line: str) -> None:
        """Add a line of CodeBuild's own, with the date and time that it puts in front."""
        if self._rest:
            self._add([self._rest])
            self._rest = b""
        now = time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime())
        self._add([f"[Container] {now} {line}".encode()])

    def flush(self) -> None:
        """Send what is gathered if it is time."""
        if self._events and time.monotonic() >= self._due:
            self._send()

    def close(self) -> None:
        """Send the rest."""
        if self._rest:
            self._add([self._rest])
            self._rest = b""
        self._send()

    def _add(self, lines: list[bytes]) -> None:
        if lines and not self._events:
            self._due = time.monotonic() + _GATHERING_SECONDS
        # An event can't be empty.
        self._events += [event_of(line) for line in lines if line.strip()]
        if len(self._events) >= _MOST_EVENTS:
            self._send()

    def _send(self) -> None:
        events, self._events = self._events, []
        if events:
            self._stream.put(events)


def _create_group(client: Any, group: str) -> None:
    with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
        client.create_log_group(logGroupName=group)
