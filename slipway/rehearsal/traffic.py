"""Real traffic for a whole release, and what became of every request."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.load_generator import TIMEOUT_SECONDS, Answer

INTERVAL = timedelta(milliseconds=500)
_SAMPLE = 20


@dataclass(frozen=True)
class Snapshot:
    """The load as it is now."""

    requests: int
    failed: int
    share: dict[str, float]
    """Version: its share of the answers of the last second, 0 to 1."""
    versions: Counter[str]
    """Version: all its answers so far."""

    @property
    def origin(self) -> str:
        """Say whose answers those of the last second were."""
        if not self.share:
            return "nobody answered in the last second"
        return f"the last second's answers came from version {' and '.join(sorted(self.share))}"


@dataclass(frozen=True)
class Interval:
    """Half a second of traffic."""

    requests: int
    failed: int
    answers: Mapping[str, int]
    """Version: its answers. Empty where nobody answered."""

    @property
    def share(self) -> dict[str, float]:
        """Version: its share of the answers, 0 to 1. Empty where nobody answered."""
        return _share(self.answers)


@dataclass(frozen=True)
class Traffic:
    """What became of the load: a request failed if it got no answer in 10 s, or a status of 5xx."""

    started_at: datetime
    intervals: tuple[Interval, ...]
    """One after the other, each as long as `INTERVAL`, by the time at which requests were due."""
    failures: tuple[Answer, ...]
    """The first of those that failed."""
    p50: timedelta
    p99: timedelta
    versions: dict[str, int]
    """Version: its answers, in order of appearance."""

    @property
    def requests(self) -> int:
        """How many were sent."""
        return sum(interval.requests for interval in self.intervals)

    @property
    def failed(self) -> int:
        """How many of them failed."""
        return sum(interval.failed for interval in self.intervals)

    @classmethod
    def of(cls, answers: Sequence[Answer]) -> Traffic:
        """Sum up the answers of a load."""
        answers = sorted(answers, key=lambda answer: answer.start)
        if not answers:
            return cls(datetime.now(UTC), (), (), timedelta(), timedelta(), {})
        begun = answers[0].start
        names = _names_of_revisions(answers)
        count = int((answers[-1].start - begun) / INTERVAL.total_seconds()) + 1
        buckets: list[list[Answer]] = [[] for _ in range(count)]
        for answer in answers:
            buckets[int((answer.start - begun) / INTERVAL.total_seconds())].append(answer)
        latencies = sorted(answer.latency_ms for answer in answers)
        return cls(
            started_at=datetime.fromtimestamp(begun, UTC),
            intervals=tuple(
                Interval(len(bucket), sum(a.failed for a in bucket), _versions(bucket, names))
                for bucket in buckets
            ),
            failures=tuple(answer for answer in answers if answer.failed)[:_SAMPLE],
            p50=percentile(latencies, 50),
            p99=percentile(latencies, 99),
            versions=dict(_versions(answers, names)),
        )

    def during(self, start: datetime, end: datetime) -> Traffic:
        """Return the part of it that was due between two moments, to whole intervals.

        The latencies stay those of the whole: an interval has none of its own.
        """
        first = max(int((start - self.started_at) / INTERVAL), 0)
        last = max(-int((self.started_at - end) // INTERVAL), first)
        intervals = self.intervals[first:last]
        versions: Counter[str] = Counter()
        for interval in intervals:
            versions.update(interval.answers)
        begun = self.started_at + first * INTERVAL
        ended = begun + len(intervals) * INTERVAL
        return replace(
            self,
            started_at=begun,
            intervals=intervals,
            failures=tuple(
                each
                for each in self.failures
                if begun.timestamp() <= each.start < ended.timestamp()
            ),
            versions=dict(versions),
        )


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
        answers, names = self._read_answers(), _names_of_revisions(self._answers)
        latest = [answer for answer in answers if answer.start > time.time() - 1]
        return Snapshot(
            requests=len(answers),
            failed=sum(answer.failed for answer in answers),
            share=_share(_versions(latest, names)),
            versions=_versions(answers, names),
        )

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
                self._process.wait(TIMEOUT_SECONDS + 2)
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


def _names_of_revisions(answers: Sequence[Answer]) -> dict[str, str]:
    return {a.revision: a.version for a in answers if a.revision and a.version}


def _versions(answers: Sequence[Answer], names: dict[str, str]) -> Counter[str]:
    """Count the answers of each version; a revision that never told its version counts as such."""
    revisions = (answer.revision for answer in answers if answer.revision is not None)
    return Counter(names.get(revision, revision) for revision in revisions)


def _share(answers: Mapping[str, int]) -> dict[str, float]:
    total = sum(answers.values())
    return {version: count / total for version, count in answers.items()}


def percentile(ordered: Sequence[float], percent: int) -> timedelta:
    """Return the nearest-rank percentile of latencies in milliseconds, sorted; one at least."""
    nearest_rank = -(-len(ordered) * percent // 100)
    return timedelta(milliseconds=ordered[nearest_rank - 1])
