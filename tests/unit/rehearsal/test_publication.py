import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from slipway.rehearsal.load_generator import Answer
from slipway.rehearsal.publication import publish
from slipway.rehearsal.report import Check, Deployment, Event, Report, Stack
from slipway.rehearsal.traffic import Traffic

START = datetime(2026, 11, 20, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def answers() -> list[Answer]:
    """One second of version 1, one of both, one of version 2; one request failed."""
    versions = "1111" + "1212" + "2222"
    return [
        Answer(
            start=at(number / 4).timestamp(),
            latency_ms=2.0,
            path="/version",
            status=502 if number == 6 else 200,
            error=None,
            revision=f"storefront:{version}",
            version=version,
        )
        for number, version in enumerate(versions)
    ]


@pytest.fixture
def report() -> Report:
    return Report(
        status="failed",
        service="storefront",
        started_at=START,
        duration=timedelta(seconds=61.5),
        stacks=(Stack("shop-local-network", "CREATE_COMPLETE", timedelta(seconds=2)),),
        deployments=(
            Deployment(
                service="storefront",
                id="d-ONE",
                title="version 2",
                status="Succeeded",
                started_at=at(0.5),
                ended_at=at(2.5),
                events=(
                    Event("BeforeInstall", "Succeeded", True, at(0.5), at(0.6)),
                    Event("Install", "Succeeded", False, at(0.6), at(1)),
                    Event("AfterAllowTraffic", "Skipped", True),
                ),
            ),
            Deployment(
                service="storefront",
                id="d-TWO",
                title="rollback of <version 2>",
                status="Failed",
                started_at=at(2.6),
                ended_at=None,
                events=(Event("AfterInstall", "Failed", True, at(2.7), None),),
                message="a < b",
                rollback_of="d-ONE",
            ),
        ),
        traffic=Traffic.of(answers()),
        other_traffic={"inventory": Traffic.of(answers())},
        checks=(Check("no request failed", False, "1 of 12"),),
    )


class Page(HTMLParser):
    """Tags that are opened and not closed, and every address that a page refers to."""

    VOID = frozenset({"meta", "link", "img", "br", "wbr", "line", "rect", "circle", "polygon"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_json_is_as_documented(report: Report, tmp_path: Path) -> None:
    publish(report, tmp_path)
    written = json.loads((tmp_path / "report.json").read_text())
    assert written["status"] == "failed"
    assert written["duration_s"] == 61.5
    assert written["rollbacks"] == 1
    assert written["stacks"] == [
        {"name": "shop-local-network", "status": "CREATE_COMPLETE", "duration_s": 2.0}
    ]
    assert written["deployments"][0]["id"] == "d-ONE"
    assert written["deployments"][0]["status"] == "Succeeded"
    assert written["deployments"][0]["events"][0] == {
        "name": "BeforeInstall",
        "status": "Succeeded",
        "hook": True,
        "started_at": "2026-11-20T12:00:00.500000+00:00",
        "ended_at": "2026-11-20T12:00:00.600000+00:00",
    }
    traffic = written["traffic"]
    assert (traffic["requests"], traffic["failed"]) == (12, 1)
    assert traffic["blue_share"] == [1.0, 1.0, 0.5, 0.5, 0.0, 0.0]
    assert traffic["latency_ms"] == {"p50": 2.0, "p99": 2.0}
    assert written["deployments"][0]["service"] == "storefront"
    assert written["other_traffic"].keys() == {"inventory"}
    assert written["other_traffic"]["inventory"]["requests"] == 12
    assert written["checks"] == [
        {"name": "no request failed", "passed": False, "detail": "1 of 12"}
    ]


def test_every_key_is_in_the_documentation(report: Report) -> None:
    page = Path(__file__).parents[3] / "docs" / "concepts" / "rehearsal.md"
    documented = set(re.findall(r"`([^`]+)`", page.read_text()))

    # Their keys are names of services and versions; a further service's traffic is as the first's.
    names = ("traffic.share", "traffic.versions", "other_traffic")

    def check(value: object, way: str) -> None:
        if isinstance(value, list):
            for item in value[:1]:
                check(item, f"{way}[]")
        elif isinstance(value, dict) and way not in names:
            for key, item in value.items():
                check(item, f"{way}.{key}".lstrip("."))
        else:
            assert way in documented

    check(report.as_json(), "")


def test_only_whole_files_are_written(report: Report, tmp_path: Path) -> None:
    publish(report, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"report.json", "report.html"}


def test_page_needs_nothing_but_itself(report: Report, tmp_path: Path) -> None:
    publish(report, tmp_path)
    text = (tmp_path / "report.html").read_text()
    page = Page(text)
    assert page.open == []
    assert page.addresses == []
    assert "script" not in page.tags
    assert "url(" not in text
    assert "@import" not in text


def test_page_shows_versions_events_failures_and_checks(report: Report, tmp_path: Path) -> None:
    publish(report, tmp_path)
    text = (tmp_path / "report.html").read_text()
    assert text.count("<polygon") == 4, "two versions of two services"
    assert text.count('class="failure"') == 2
    assert "<h3>inventory</h3>" in text
    assert "◆ BeforeInstall" in text
    assert "✕ AfterInstall" in text
    assert "no request failed" in text
    assert "Traffic moved from version 1 to version 2; of 12 requests 1 failed." in text
    assert "Of 12 requests to inventory 1 failed." in text
    assert "Not released: rollback of &lt;version 2&gt;." in text


def test_page_escapes_what_others_wrote(report: Report, tmp_path: Path) -> None:
    publish(report, tmp_path)
    text = (tmp_path / "report.html").read_text()
    assert "a &lt; b" in text
    assert "<version 2>" not in text


def test_picture_says_in_words_what_it_shows(report: Report, tmp_path: Path) -> None:
    publish(report, tmp_path)
    text = (tmp_path / "report.html").read_text()
    assert "Version 1 answered 6 requests." in text
    assert "version 2: Succeeded (BeforeInstall Succeeded, Install Succeeded" in text


def test_rehearsal_that_ended_early_still_has_a_report(tmp_path: Path) -> None:
    report = Report("failed", "storefront", START, timedelta(seconds=3), error="cdk: no")
    publish(report, tmp_path)
    assert json.loads((tmp_path / "report.json").read_text())["traffic"] is None
    assert "cdk: no" in (tmp_path / "report.html").read_text()
