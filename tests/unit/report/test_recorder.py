from datetime import UTC, datetime, timedelta

from slipway.report import Outcome, Recorder, ReleaseReport


def at(seconds: float) -> datetime:
    return datetime(2026, 11, 20, 12, 0, tzinfo=UTC) + timedelta(seconds=seconds)


def test_what_stays_as_it_was_is_no_further_sample(failed: ReleaseReport) -> None:
    shares = [
        (sample.time, sample.green and sample.green.traffic_percent) for sample in failed.samples
    ]
    assert shares == [(at(5), 0), (at(15), 10), (at(30), 100)]


def test_sides_keep_their_names_through_a_rollback(failed: ReleaseReport) -> None:
    assert failed.sides == {"one": "blue", "two": "green"}
    assert list(failed.sides.values()) == ["blue", "green"]


def test_deployments_are_as_they_were_seen_last(failed: ReleaseReport) -> None:
    release, rollback = failed.deployments
    assert (release.id, release.status, release.error) == ("d-ONE", "Failed", "A hook said no.")
    assert release.ended_at == at(25)
    assert [each.hook for each in release.events] == [False, True]
    assert rollback.is_rollback
    assert rollback.title == "rollback of storefront:7"
    assert (failed.started_at, failed.ended_at) == (at(0), at(30))


def test_alarms_are_remembered_when_they_change(failed: ReleaseReport) -> None:
    assert [(each.time, each.name, each.state) for each in failed.alarms] == [
        (at(5), "one-latency", "OK"),
        (at(5), "two-server-errors", "OK"),
        (at(25), "two-server-errors", "ALARM"),
        (at(30), "two-server-errors", "OK"),
    ]


def test_a_release_that_goes_on_is_reported_as_far_as_it_was_seen(recorder: Recorder) -> None:
    report = recorder.report(Outcome.LEFT, requests={})
    assert report.deployments[0].ended_at is None
    assert report.ended_at == at(15)
    assert [each.text for each in report.told] == ["Install succeeded"]


def test_nothing_seen_is_nothing_to_report() -> None:
    assert Recorder(service="s", environment="e", revision="s:1").began is None
