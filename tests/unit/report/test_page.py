import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from slipway.report import Outcome, Recorder, ReleaseReport
from slipway.report.page import render
from slipway.report.picture import describe, draw


class Text(HTMLParser):
    """What a page says, and what it would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.ids: list[str] = []
        self.loaded: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.ids += [str(known["id"])] if "id" in known else []
        self.loaded += [str(known[name]) for name in ("src", "href") if name in known]
        assert tag != "script"

    def handle_data(self, data: str) -> None:
        self.said.append(" ".join(data.split()))

    def __contains__(self, words: str) -> bool:
        return words in " ".join(self.said)


def test_a_page_says_what_happened_and_why(failed: ReleaseReport) -> None:
    page = Text(render(failed))
    assert "storefront:7 failed" in page
    assert "http failed: GET / <b> answered 500" in page
    assert "Of 800 requests meanwhile 4 failed." in page
    assert "The deployment d-BACK brought back what was live before." in page
    assert "A hook said no." in page
    assert "AfterAllowTraffic: http failed: GET / answered 500" in page
    assert not page.loaded
    assert len(page.ids) == len(set(page.ids))


def test_the_picture_has_traffic_errors_latency_health_and_events(failed: ReleaseReport) -> None:
    drawn = draw(failed)
    assert drawn.count("<polygon") == 2
    for title in ("requests that failed", "latency", "healthy targets"):
        assert title in drawn
    assert "✕ AfterAllowTraffic" in drawn
    assert "rollback of storefront:7" in drawn
    (green,) = re.findall(r'<polygon class="version-2" points="([^"]+)"', drawn)
    assert "48.077,90.00" in green, "a tenth of the traffic, after half the time"
    assert "96.154,100.00 100.000,100.00" in green, "how it ended is seen, not only a moment of it"


def test_traffic_returns_to_its_own_side_in_a_rollback(failed: ReleaseReport) -> None:
    """CodeDeploy may call the sides the other way round there; the colours stay."""
    drawn = draw(replace(failed, ended_at=failed.ended_at.replace(second=40)))
    (green,) = re.findall(r'<polygon class="version-2" points="([^"]+)"', drawn)
    corners = [tuple(map(float, corner.split(","))) for corner in green.split()]
    heights = {y for x, y in corners if x == 100}
    assert heights == {100.0}, "green has no share at the end"


def test_what_green_got_at_the_end_is_what_the_release_calls_green(failed: ReleaseReport) -> None:
    page = Text(render(failed))
    assert "of the traffic on green at the end 0 %" in page
    assert "At the end 0 % of the traffic is on green." in describe(failed)
    assert "The release failed after 25 s." in page


def test_alarms_that_stayed_quiet_are_counted(failed: ReleaseReport) -> None:
    page = Text(render(failed))
    assert "1 of 2 were OK whenever they were looked at." in page
    assert "two-server-errors" in page
    assert "one-latency" not in page


def test_tables_say_what_the_picture_shows(failed: ReleaseReport) -> None:
    page = Text(render(failed))
    for words in ("blue: traffic", "90 %", "2 of 2", "1 healthy, 1 initial", "12:00:10", "40.0"):
        assert words in page
    assert "Blue got 760 requests, 0 of them failed." in describe(failed)
    assert "Green got 40 requests, 4 of them failed." in describe(failed)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.LIVE, "All traffic is on storefront:7, 15 s after the release began."),
        (Outcome.STOPPED, "The release was stopped after 15 s."),
        (
            Outcome.LEFT,
            "It was followed for 15 s, and went on then: slipway history says how it ended.",
        ),
    ],
)
def test_every_outcome_has_a_page(recorder: Recorder, outcome: Outcome, words: str) -> None:
    assert words in Text(render(recorder.report(outcome, requests={})))


def test_a_page_without_metrics_says_why(recorder: Recorder) -> None:
    report = recorder.report(Outcome.LEFT, requests={})
    unknown = {"requests": "not allowed: GetMetricData", "alarms": "throttled"}
    page = Text(render(replace(report, unknown=unknown, alarms=())))
    assert "The metrics could not be read: not allowed: GetMetricData." in page
    assert "They could not be read: throttled." in page


def test_a_release_of_which_no_side_was_seen_has_a_page(recorder: Recorder) -> None:
    report = replace(recorder.report(Outcome.LEFT, requests={}), samples=())
    assert "Neither side was seen." in Text(render(report))
