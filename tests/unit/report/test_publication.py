import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from slipway.report import Outcome, Recorder, ReleaseReport, publish
from slipway.report.publication import merge


def test_page_and_data_are_beside_each_other(failed: ReleaseReport, tmp_path: Path) -> None:
    page = publish(failed, tmp_path / "build/releases")
    assert page.name == "storefront-prod-d-ONE.html"
    data = json.loads(page.with_suffix(".json").read_text())
    assert data["schema"] == 1
    assert data["outcome"] == "failed"
    assert data["started_at"] == "2026-11-20T12:00:00Z"
    assert data["requests"]["two"][0]["p99_ms"] == 40
    assert sorted(each.name for each in page.parent.iterdir()) == [
        "storefront-prod-d-ONE.html",
        "storefront-prod-d-ONE.json",
    ]


def test_who_follows_again_adds_to_what_was_seen(
    recorder: Recorder, failed: ReleaseReport, tmp_path: Path
) -> None:
    first = replace(
        failed,
        outcome=Outcome.LEFT,
        reason="",
        rollback_id=None,
        samples=failed.samples[:1],
        deployments=failed.deployments[:1],
        alarms=failed.alarms[:2],
        ended_at=failed.samples[0].time,
    )
    again = replace(
        failed,
        samples=failed.samples[1:],
        told=(),
        alarms=tuple(
            replace(each, time=each.time + timedelta(seconds=10)) for each in failed.alarms[:2]
        )
        + failed.alarms[2:],
    )
    publish(first, tmp_path)
    publish(again, tmp_path)
    data = json.loads((tmp_path / "storefront-prod-d-ONE.json").read_text())
    expected = json.loads((publish(failed, tmp_path / "whole").with_suffix(".json")).read_text())
    assert data == expected


def test_nothing_is_lost_where_the_later_one_could_not_read_it(failed: ReleaseReport) -> None:
    blind = replace(failed, requests={}, samples=(), told=(), alarms=(), reason="")
    assert merge(failed, blind) == failed


@pytest.mark.parametrize("known", [Outcome.FAILED, Outcome.STOPPED])
def test_how_it_ended_stays_known_although_somebody_looked_again_and_left(
    failed: ReleaseReport, known: Outcome
) -> None:
    again = replace(failed, outcome=Outcome.LEFT)
    assert merge(replace(failed, outcome=known), again).outcome is known


@pytest.mark.parametrize(
    ("percent", "deployment", "outcome"),
    [(100, "d-ONE", Outcome.LIVE), (90, "d-ONE", Outcome.LEFT), (100, "d-TWO", Outcome.LEFT)],
)
def test_what_is_live_stays_so_while_all_traffic_is_seen_on_it(
    failed: ReleaseReport, percent: float, deployment: str, outcome: Outcome
) -> None:
    """In the termination wait traffic may return, and a rollback calls the old side green."""
    live = replace(failed, outcome=Outcome.LIVE)
    side = failed.samples[-1].green
    assert side is not None
    seen = replace(
        failed.samples[-1],
        deployment_id=deployment,
        green=replace(side, traffic_percent=percent),
    )
    again = replace(failed, outcome=Outcome.LEFT, samples=(seen,))
    assert merge(live, again).outcome is outcome


@pytest.mark.parametrize("content", ["", "{}", "no JSON", '{"schema": 99}'])
def test_a_file_that_is_not_understood_is_written_anew(
    failed: ReleaseReport, tmp_path: Path, content: str
) -> None:
    (tmp_path / "storefront-prod-d-ONE.json").write_text(content)
    publish(failed, tmp_path)
    assert json.loads((tmp_path / "storefront-prod-d-ONE.json").read_text())["outcome"] == "failed"
