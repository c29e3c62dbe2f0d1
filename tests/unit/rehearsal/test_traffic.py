from datetime import UTC, datetime, timedelta

from slipway.rehearsal.load_generator import Answer
from slipway.rehearsal.traffic import Traffic


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
