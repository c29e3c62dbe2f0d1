"""What a function says, on its way into its log: all of it, however busy this machine is."""

from __future__ import annotations

import os
import queue
import select
import threading
from typing import IO, Any


class Said:
    """What a process writes to a pipe, line by line.

    Whoever has heard of something that the process did after it wrote, takes what it wrote: a line
    is in the pipe or among the lines, and never on the way between them.
    """

    def __init__(self, pipe: IO[Any], lines: queue.Queue[str]) -> None:
        self._pipe = pipe
        self._lines = lines
        self._lock = threading.Lock()
        self._rest = b""

    def read_on(self) -> None:
        """Take what comes until the process has closed the pipe."""
        while self._is_readable(None) and self.take():
            pass

    def take(self) -> bool:
        """Take what is in the pipe now; return whether more may come."""
        with self._lock:
            while self._is_readable(0):
                chunk = os.read(self._pipe.fileno(), 65536)
                *complete, self._rest = (self._rest + chunk).split(b"\n")
                if not chunk and self._rest:
                    complete, self._rest = [self._rest], b""
                for line in complete:
                    self._lines.put(line.decode("utf-8", errors="replace"))
                if not chunk:
                    return False
            return True

    def _is_readable(self, patience: int | None) -> bool:
        poll = select.poll()
        poll.register(self._pipe, select.POLLIN)
        return bool(poll.poll(patience))


def install() -> None:
    """Have the log of each invocation hold what the function said until it answered.

    MiniStack waits five milliseconds for a further line: on a busy machine the last ones would be
    told with the next invocation, or never.
    """
    from ministack.core import lambda_runtime

    class HeardWorker(lambda_runtime.Worker):  # type: ignore[misc]
        """A worker whose lines are there when its answer is."""

        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self._hearing = threading.Lock()
            self._heard: Any = None
            self._said: Said | None = None

        def _read_stderr(self) -> None:
            if said := self._what_is_said():
                said.read_on()

        def _drain_stderr(self) -> str:
            if said := self._what_is_said():
                said.take()
            return str(super()._drain_stderr())

        def _drain_stderr_bounded(self, *_waits: float, **_named_waits: float) -> str:
            return self._drain_stderr()

        def _what_is_said(self) -> Said | None:
            """Return the lines of the process that runs, or of the last one; none before it."""
            with self._hearing:
                if self._proc is not None and self._proc is not self._heard:
                    self._heard = self._proc
                    self._said = Said(self._proc.stderr, self._stderr_queue)
                return self._said

    lambda_runtime.Worker = HeardWorker
