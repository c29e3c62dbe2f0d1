"""From a release and its load to figures."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bench.release import figures
from slipway.rehearsal.load_generator import Answer
from slipway.rehearsal.report import Deployment, Event


def at(second: float) -> datetime:
    return datetime.fromtimestamp(second, UTC)


DEPLOYMENT = Deployment(
    service="storefront",
    id="d-1",
    title="version 2",
    status="Succeeded",
    started_at=at(130),
    ended_at=at(180),
    events=(
        Event("BeforeAllowTraffic", "Succeeded", True, at(140), at(150)),
        Event("AllowTraffic", "Succeeded", False, at(150), at(160)),
        Event("AfterAllowTraffic", "Succeeded", True, at(160), at(170)),
    ),
    message=None,
    rollback_of=None,
)


def answers(begin: int, end: int, latency_ms: float, status: int = 200) -> list[Answer]:
    return [
        Answer(second, latency_ms, "/", status, None, "storefront:1", None)
        for second in range(begin, end)
    ]


QUIET = answers(100, 120, 10.0)
SHIFT = answers(150, 160, 25.0)
# While the release is prepared, and after the shift, nobody's latency counts.
OTHERS = [*answers(0, 100, 900.0), *answers(120, 150, 900.0), *answers(160, 180, 900.0)]


def test_latencies_before_and_during_the_shift_are_told_from_all_others() -> None:
    measured = figures(DEPLOYMENT, [*OTHERS, *QUIET, *SHIFT], prepared_at=120)
    assert measured["p99_ms"] == {"before": 10.0, "shift": 25.0}
    assert measured["ratio"] == pytest.approx(2.5)


def test_failures_of_the_whole_load_count() -> None:
    load = [*QUIET, *SHIFT, *answers(170, 173, 10.0, status=503)]
    measured = figures(DEPLOYMENT, load, prepared_at=120)
    assert (measured["requests"], measured["failed"]) == (33, 3)


def test_a_release_that_never_shifted_traffic_has_no_figures() -> None:
    events = tuple(replace(event, started_at=None, ended_at=None) for event in DEPLOYMENT.events)
    rejected = replace(DEPLOYMENT, status="Failed", message="A hook failed", events=events)
    with pytest.raises(ValueError, match="d-1 failed before any traffic moved: A hook failed"):
        figures(rejected, QUIET, prepared_at=120)


def test_a_shift_without_a_request_has_no_figures() -> None:
    with pytest.raises(ValueError, match="no request was due in the 10"):
        figures(DEPLOYMENT, QUIET, prepared_at=120)
