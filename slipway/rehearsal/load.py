"""Real traffic for a whole release, from a process of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.load_generator import TIMEOUT_SECONDS, Answer
from slipway.rehearsal.traffic import Snapshot, Traffic

# What a busy machine needs beside the time that the last requests have.
_TO_END_SECONDS = 20


class Load:
    """Constant traffic on the load balancer, from a process of its own.

    A process, because a client that shares its interpreter with the rehearsal would measure the
    rehearsal. It ends with its owner, however that ends.

    Parameters
    ----------
    url
        The load balancer: ``http://host:port``, or ``https://…``.
    output
        Where the process writes every answer, a line of JSON each.
    rate
        Requests a second.
    paths
        Asked for in turn. ``/version`` belongs there: it tells which version a revision is.
    duration
        The most time that the load takes, whatever happens.
    address
        Where the URL's host is, whose name is in no DNS of this machine.
    certificate_authority
        Whom to trust for TLS, in PEM.
    """

    def __init__(
        self,
        url: str,
        output: Path,
        *,
        rate: float = 60,
        paths: Sequence[str] = ("/", "/version"),
        duration: timedelta = timedelta(minutes=15),
        address: str | None = None,
        certificate_authority: Path | None = None,
    ) -> None:
        self._url, self._output, self._rate, self._paths = url, output, rate, paths
        self._reached_by = [
            *(("--address", address) if address else ()),
            *(
                ("--certificate-authority", str(certificate_authority))
                if certificate_authority
                else ()
            ),
        ]
        self._duration = duration
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: list[Answer] = []
        self._read = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int | None:
        """The process that sends, or None before the start."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Begin to send."""
        self._output.parent.mkdir(parents=True, exist_ok=True)
        self._output.unlink(missing_ok=True)
        requests = int(self._rate * self._duration.total_seconds())
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "slipway.rehearsal.load_generator", "--url", self._url),
                *("--rate", str(self._rate), "--requests", str(requests)),
                *("--output", str(self._output)),
                *self._reached_by,
                *(f"--path={path}" for path in self._paths),
            ],
            stdin=subprocess.PIPE,
        )

    def snapshot(self) -> Snapshot:
        """Count what was answered so far.

        Raises
        ------
        RehearsalError
            The load has ended although nobody stopped it.
        """
        self._require_alive()
        return Snapshot.of(self._read_answers(), time.time())

    def so_far(self) -> Traffic:
        """Sum up what was answered so far, whether or not the load goes on."""
        return Traffic.of(self._read_answers())

    def take(self) -> list[Answer]:
        """Return what was answered since the last call, and forget it: for loads without an end.

        Raises
        ------
        RehearsalError
            The load has ended although nobody stopped it.
        """
        self._require_alive()
        return self._read_new_answers()

    def stop(self) -> Traffic:
        """Send nothing more, wait for the last answers, and sum up.

        Raises
        ------
        RehearsalError
            The load did not end in order, so not every request is accounted for.
        """
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.write(b"stop\n")
                self._process.stdin.flush()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(TIMEOUT_SECONDS + _TO_END_SECONDS)
        self.kill()
        if self._process is not None and self._process.returncode:
            raise RehearsalError(
                f"the load on {self._url} did not end in order, so requests may be missing from "
                f"{self._output}: start again"
            )
        return Traffic.of(self._read_answers())

    def kill(self) -> None:
        """End the process at once; without effect on one that has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    self._process.stdin.close()

    def _require_alive(self) -> None:
        if self._process is None or self._process.poll() is not None:
            raise RehearsalError(
                f"the load on {self._url} has ended early: see {self._output} and start again"
            )

    def _read_answers(self) -> Sequence[Answer]:
        self._answers += self._read_new_answers()
        return self._answers

    def _read_new_answers(self) -> list[Answer]:
        if not self._output.exists():
            return []
        with self._output.open("rb") as file:
            file.seek(self._read)
            # The last line may still be in the making: it is read next time.
            complete, newline, _ = file.read().rpartition(b"\n")
        self._read += len(complete) + len(newline)
        return [Answer(**json.loads(line)) for line in complete.splitlines()]
