from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from slipway.rehearsal.load_generator import Answer
from slipway.rehearsal.traffic import Snapshot, Traffic


def answer(
    start: float,
    *,
    revision: str | None = "storefront:1",
    version: str | None = None,
    status: int | None = 200,
    latency_ms: float = 1.0,
) -> Answer:
    return Answer(start, latency_ms, "/", status, None, revision, version)


def test_no_answer_and_server_errors_are_failures_and_other_answers_are_not() -> None:
    traffic = Traffic.of([answer(100, status=status) for status in (200, 404, 500, 503, None)])
    assert (traffic.requests, traffic.failed) == (5, 3)
    assert [failure.status for failure in traffic.failures] == [500, 503, None]


def test_answers_are_counted_when_they_were_due_in_half_seconds() -> None:
    traffic = Traffic.of([answer(100.6), answer(100.0), answer(100.4), answer(101.9, status=502)])
    assert traffic.started_at == datetime.fromtimestamp(100, UTC)
    assert [interval.requests for interval in traffic.intervals] == [2, 1, 0, 1]
    assert [interval.failed for interval in traffic.intervals] == [0, 0, 0, 1]


def test_revision_is_known_by_the_version_that_it_once_told() -> None:
    traffic = Traffic.of(
        [
            answer(100.0, revision="storefront:1"),
            answer(100.1, revision="storefront:1", version="1"),
            answer(100.2, revision="storefront:2", version="2"),
            answer(100.3, revision="storefront:2"),
            answer(100.4, revision="storefront:3"),
            answer(100.4, revision=None, status=503),
        ]
    )
    assert traffic.versions == {"1": 2, "2": 2, "storefront:3": 1}
    assert traffic.intervals[0].share == {"1": 0.4, "2": 0.4, "storefront:3": 0.2}


def test_percentiles_are_latencies_that_were_measured() -> None:
    traffic = Traffic.of([answer(100, latency_ms=latency) for latency in range(1, 201)])
    assert traffic.p50 == timedelta(milliseconds=100)
    assert traffic.p99 == timedelta(milliseconds=198)


def test_no_traffic_is_no_error() -> None:
    assert Traffic.of([]).requests == 0


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_part_of_the_traffic_has_what_was_due_then() -> None:
    versions = "1111122222"
    traffic = Traffic.of(
        [
            answer(100 + n / 2, version=version, revision=version, status=502 if n == 6 else 200)
            for n, version in enumerate(versions)
        ]
    )
    part = traffic.during(moment(101.2), moment(103.4))
    assert part.started_at == moment(101), "the interval that the moment is in"
    assert (part.requests, part.failed) == (5, 1)
    assert part.versions == {"1": 3, "2": 2}
    assert [failure.start for failure in part.failures] == [103.0]


@pytest.mark.parametrize(("start", "end"), [(0, 99), (200, 300), (103, 102)])
def test_time_without_traffic_has_no_part_of_it(start: float, end: float) -> None:
    traffic = Traffic.of([answer(100 + n / 2, status=502) for n in range(10)])
    part = traffic.during(moment(start), moment(end))
    assert (part.requests, part.versions, part.failures) == (0, {}, ())


def test_time_around_all_of_the_traffic_is_all_of_it() -> None:
    traffic = Traffic.of([answer(100 + n / 2) for n in range(10)])
    assert traffic.during(moment(0), moment(200)) == traffic


@pytest.mark.parametrize(
    ("share", "said"),
    [
        ({}, "nobody answered in the last second"),
        ({"2": 1.0}, "the last second's answers came from version 2"),
        ({"2": 0.5, "1": 0.5}, "the last second's answers came from version 1 and 2"),
    ],
)
def test_snapshot_says_whose_the_last_answers_were(share: dict[str, float], said: str) -> None:
    assert Snapshot(requests=10, failed=0, share=share, versions=Counter()).origin == said


def test_snapshot_shares_the_answers_of_the_last_second_and_counts_all() -> None:
    answers = [
        answer(100.0, revision="storefront:1", version="1"),
        answer(100.2, revision="storefront:2", version="2", status=500),
        answer(101.1, revision="storefront:2"),
        answer(101.2, revision="storefront:2"),
    ]
    snapshot = Snapshot.of(answers, now=101.3)
    assert (snapshot.requests, snapshot.failed) == (4, 1)
    assert snapshot.share == {"2": 1.0}
    assert snapshot.versions == {"1": 1, "2": 3}
