import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from slipway.page import shares, timeline
from slipway.page.time_scale import TimeScale

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
SCALE = TimeScale(START, timedelta(seconds=10))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@dataclass(frozen=True)
class Event:
    name: str
    status: str = "Succeeded"
    hook: bool = False
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Deployment:
    title: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    events: tuple[Event, ...]


FAILED = Deployment(
    title="storefront:2",
    status="Failed",
    started_at=at(1),
    ended_at=at(9),
    events=(
        Event("Install", started_at=at(1), ended_at=at(4)),
        Event("AfterInstall", "Failed", hook=True, started_at=at(4), ended_at=at(9)),
        Event("AllowTraffic", "Skipped"),
    ),
)


def test_events_stand_where_they_happened() -> None:
    drawn = "\n".join(timeline.rows([FAILED], SCALE, 100, marks_from=0))
    assert re.findall(r'<line x1="([\d.]+)%" x2="([\d.]+)%" y1="\d+"', drawn) == [
        ("10.000", "40.000"),
        ("40.000", "90.000"),
    ]
    assert '<g class="event failed">' in drawn
    assert "✕ AfterInstall" in drawn
    assert 'class="moment" x1="10.000%"' in drawn
    assert 'class="moment" x1="90.000%"' in drawn


def test_an_event_that_was_never_reached_is_in_the_table_only() -> None:
    assert "AllowTraffic" not in "".join(timeline.rows([FAILED], SCALE, 0, marks_from=0))
    assert "AllowTraffic" in timeline.table(FAILED).replace("<wbr>", "")
    assert "AllowTraffic Skipped" in timeline.describe(FAILED)
    assert timeline.height([FAILED, FAILED], SCALE) == 2 * timeline.height([FAILED], SCALE)


def test_a_label_stands_where_there_is_more_room() -> None:
    anchors = re.findall(
        r'text-anchor="(start|end)"', "\n".join(timeline.rows([FAILED], SCALE, 0, marks_from=0))
    )
    assert anchors == ["start", "end"]


def test_a_long_name_can_be_broken_between_its_words() -> None:
    assert "After<wbr>Install" in timeline.table(FAILED)


def test_an_event_that_runs_still_ends_where_it_was_last_seen() -> None:
    running = Deployment("v2", "InProgress", at(0), None, (Event("Install", started_at=at(2)),))
    (line,) = re.findall(
        r'<line x1="([\d.]+)%" x2="([\d.]+)%" y1="\d+"',
        "\n".join(timeline.rows([running], SCALE, 0, marks_from=0)),
    )
    assert line == ("20.000", "20.000")
    assert "—" in timeline.table(running)


@pytest.mark.parametrize(
    ("begin", "end", "x", "anchor", "is_above"),
    [
        (0, 1, 10, "start", False),
        (9, 10, 90, "end", False),
        (3.8, 4.0, 38, "start", True),
        (2, 8, 20, "start", True),
        (4.8, 8, 80, "end", True),
        (0, 10, 0, "start", True),
    ],
)
def test_a_label_has_room_on_a_phone(
    begin: float, end: float, x: float, anchor: str, is_above: bool
) -> None:
    event = Event("AfterAllowTestTraffic", hook=True, started_at=at(begin), ended_at=at(end))
    deployment = Deployment("v2", "Succeeded", at(0), at(10), (event,))
    drawn = "\n".join(timeline.rows([deployment], SCALE, 0, marks_from=0))
    (bar,) = re.findall(r'<line x1="[\d.]+%" x2="[\d.]+%" y1="(\d+)"', drawn)
    ((label_x, label_y, label_anchor),) = re.findall(
        r'<text x="([\d.]+)%" dx="-?\d+" y="(\d+)" text-anchor="(\w+)">', drawn
    )
    assert (float(label_x), label_anchor) == (x, anchor)
    assert (int(label_y) < int(bar)) is is_above
    assert int(bar) < timeline.height([deployment], SCALE)


def test_shares_fill_the_whole_height_and_stay_flat_between_measurements() -> None:
    edges = [at(0), at(4), at(6), at(10)]
    drawn = "\n".join(
        shares.areas({"blue": [1, 0.5, 0], "green": [0, 0.5, 1]}, edges, SCALE, top=0, height=100)
    )
    green, blue = re.findall(r'<polygon class="version-\d" points="([^"]+)"', drawn)
    assert green.startswith("0.000,100.00 40.000,100.00 40.000,50.00 60.000,50.00 60.000,0.00")
    assert blue.startswith("0.000,0.00 100.000,0.00"), "both together are everything"
    assert '<text class="on-version-1" x="20.00%"' in drawn
    assert '<text class="on-version-2" x="80.00%"' in drawn


@pytest.mark.parametrize(
    ("span", "last"),
    [
        (timedelta(seconds=95), "80 s"),
        (timedelta(minutes=20), "20 min"),
        (timedelta(hours=110), "96 h"),
    ],
)
def test_ticks_are_round_and_few_whatever_the_span(span: timedelta, last: str) -> None:
    scale = TimeScale(START, span)
    assert len(scale.ticks()) <= 7
    assert scale.label(scale.ticks()[-1]) == last
