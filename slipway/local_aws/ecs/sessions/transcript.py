"""What a session shows, kept in a log group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slipway.local_aws.tasks.logs import LogConfigurationError, LogStream, event_of

_LONGEST = 1 << 16
# PutLogEvents takes 10,000 events, and 1 MiB with 26 bytes for each.
_AT_ONCE = 1_000


@dataclass(frozen=True)
class Destination:
    """A log group; each session is one stream of it."""

    client: Any
    group: str


class Transcript:
    """The output of one session. AWS writes it to the log group when the session ends."""

    def __init__(self, destination: Destination | None) -> None:
        self._destination = destination
        self._output = bytearray()

    def add(self, output: bytes) -> None:
        """Keep what is shown, up to 64 KiB and a bit."""
        if self._destination is not None and len(self._output) < _LONGEST:
            self._output += output

    def write(self, session: str) -> None:
        """Write it to a stream with the session's name; a log group that is gone gets nothing."""
        lines = [line for line in bytes(self._output).splitlines() if line.strip()]
        if self._destination is None or not lines:
            return
        try:
            stream = LogStream.open(self._destination.client, self._destination.group, session)
        except LogConfigurationError:
            return
        events = [event_of(line) for line in lines]
        for first in range(0, len(events), _AT_ONCE):
            stream.put(events[first : first + _AT_ONCE])
