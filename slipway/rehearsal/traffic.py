"""What became of a load: each request counted, by time and by the version that answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from slipway.rehearsal.load_generator import Answer

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

    @classmethod
    def of(cls, answers: Sequence[Answer], now: float) -> Snapshot:
        """Count the answers until now, in seconds since 1970."""
        names = _names_of_revisions(answers)
        latest = [answer for answer in answers if answer.start > now - 1]
        return cls(
            requests=len(answers),
            failed=sum(answer.failed for answer in answers),
            share=_share(_versions(latest, names)),
            versions=_versions(answers, names),
        )

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
