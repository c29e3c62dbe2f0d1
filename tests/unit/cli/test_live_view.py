"""What the live view of a release says, in every phase of one and in terminals of every size."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len
from rich.console import Console

from slipway.cli.live_view import Moment, render
from slipway.release import Health, LifecycleEvent, Requests, TaskSet, View, Vitals

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ORDER = (
    *("BeforeInstall", "Install", "AfterInstall", "AllowTestTraffic", "AfterAllowTestTraffic"),
    *("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"),
)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def events(current: str, status: str = "InProgress") -> tuple[LifecycleEvent, ...]:
    """Ten seconds each, until the current one."""
    reached = ORDER.index(current)
    return tuple(
        LifecycleEvent(
            name=name,
            status="Succeeded" if number < reached else status if number == reached else "Pending",
            began=at(10 * number) if number <= reached else None,
            ended=at(10 * number + 10)
            if number < reached or (number == reached and status != "InProgress")
            else None,
            diagnosis="",
        )
        for number, name in enumerate(ORDER)
    )


def side(percent: float, group: str) -> TaskSet:
    return TaskSet(traffic_percent=percent, running=2, desired=3, target_group=group)


def requests(count: int, errors: int = 0) -> Requests:
    milliseconds = timedelta(milliseconds=1)
    return Requests(
        begin=NOON,
        length=timedelta(minutes=1),
        count=count,
        errors=errors,
        p50=12 * milliseconds,
        p99=1234 * milliseconds,
    )


SHIFTING = Moment(
    service="storefront",
    environment="prod",
    deployment_id="d-ABCDEF123",
    revision="shop-prod-storefront:42",
    view=View(
        status="InProgress",
        created=NOON,
        events=events("AllowTraffic"),
        blue=side(90, "one"),
        green=side(10, "two"),
    ),
    vitals=Vitals(
        time=at(184),
        health={"one": Health(healthy=2), "two": Health(healthy=1, unhealthy=1, initial=1)},
        requests={"one": requests(2400), "two": requests(240, errors=7)},
        alarms={"one-latency": "OK", "two-latency": "OK", "two-server-errors": "ALARM"},
    ),
    now=at(185),
)


def shown(moment: Moment, width: int = 80, height: int = 24, colours: str | None = None) -> str:
    console = Console(
        width=width, height=height, record=True, color_system=colours, force_terminal=bool(colours)
    )
    with console.capture() as captured:
        console.print(render(moment, width, height))
    return captured.get()


def lines(moment: Moment, width: int = 80, height: int = 24) -> list[str]:
    return [line.rstrip() for line in shown(moment, width, height).splitlines()]


def line_of(moment: Moment, beginning: str, number: int = 0, width: int = 80) -> str:
    return [line for line in lines(moment, width) if line.startswith(beginning)][number]


def with_view(**changes: object) -> Moment:
    return replace(SHIFTING, view=replace(SHIFTING.view, **changes))  # type: ignore[arg-type]


def test_who_what_where_and_how_long_are_at_the_top() -> None:
    first = lines(SHIFTING)[0]
    assert first.startswith("storefront → prod  shop-prod-storefront:42  d-ABCDEF123")
    assert first.endswith("3:05")


def test_both_sides_have_their_traffic_tasks_and_targets() -> None:
    blue, green = line_of(SHIFTING, "blue"), line_of(SHIFTING, "green")
    assert blue.split()[2:] == ["90", "%", "2/3", "2", "0", "0"]
    assert green.split()[2:] == ["10", "%", "2/3", "1", "✕", "1", "1"]
    assert blue.count("█") > 8 * green.count("█") > 0
    assert blue.count("█") + blue.count("░") == green.count("█") + green.count("░")


def test_both_sides_have_their_requests_and_it_says_as_of_when() -> None:
    assert line_of(SHIFTING, "blue", 1).split() == [
        "blue",
        "40.0",
        "0.0",
        "%",
        "1,234",
        "ms",
        "12",
        "ms",
    ]
    assert line_of(SHIFTING, "green", 1).split()[1:5] == ["4.0", "✕", "2.9", "%"]
    (head,) = [line for line in lines(SHIFTING) if "requests/s" in line]
    assert head.endswith("as of 12:01:00 UTC")


def test_the_event_that_runs_has_a_clock_and_each_that_ended_what_it_took() -> None:
    told = shown(SHIFTING)
    assert "▶ AllowTraffic for 2:05; 10 % of the traffic is on green" in told
    assert "✓ Install                     10 s" in told
    assert "▶ AllowTraffic                2:05" in told
    assert "· AfterAllowTraffic" in told


def test_an_alarm_that_fires_is_named_and_others_are_counted() -> None:
    assert "alarms ✕ ALARM two-server-errors; ✓ 2 OK" in shown(SHIFTING)


def test_what_cannot_be_read_is_named_and_the_rest_is_shown() -> None:
    vitals = Vitals(time=NOON, unknown={"requests": "not allowed: GetMetricData"})
    told = lines(replace(SHIFTING, vitals=vitals))
    assert "not known: requests (not allowed: GetMetricData)" in told
    assert line_of(replace(SHIFTING, vitals=vitals), "blue", 1).split() == ["blue", *"————"]
    assert " 90 %" in line_of(replace(SHIFTING, vitals=vitals), "blue")


@pytest.mark.parametrize(
    ("moment", "standing"),
    [
        (
            with_view(status="Created", events=(), blue=None, green=None),
            "▶ Created",
        ),
        (
            with_view(
                status="Ready",
                events=events("AfterAllowTestTraffic", "Succeeded"),
                approval_timeout=timedelta(minutes=10),
                green=side(0, "two"),
            ),
            "▶ Waits for approval until 12:10 UTC (7:45 left): approve or reject it",
        ),
        (
            with_view(
                events=events("AfterAllowTraffic", "Succeeded"),
                termination_wait=timedelta(minutes=15),
                green=side(100, "two"),
            ),
            "✓ All traffic is on green; termination wait until 12:16 UTC (13:15 left)",
        ),
        (
            with_view(status="Failed", error="HEALTH: A hook said no."),
            "✕ Failed: HEALTH: A hook said no.",
        ),
        (with_view(status="Stopped"), "✕ Stopped"),
        (with_view(status="Succeeded"), "✓ Succeeded"),
        (
            with_view(is_rollback=True, events=events("Install")),
            "▶ Install for 2:55; 10 % of the traffic is on green",
        ),
    ],
    ids=["created", "approval", "shifted", "failed", "stopped", "succeeded", "rollback"],
)
@pytest.mark.parametrize(("width", "height"), [(80, 24), (60, 24), (40, 20), (20, 10), (200, 60)])
def test_every_phase_fits_and_says_how_it_stands(
    moment: Moment, standing: str, width: int, height: int
) -> None:
    told = lines(moment, width, height)
    assert len(told) <= height
    assert max(map(cell_len, told)) <= width
    if width == 80:
        assert standing in told


@pytest.mark.parametrize("width", [80, 60])
def test_24_rows_show_everything(width: int) -> None:
    told = " ".join(shown(SHIFTING, width).split())
    for name in ORDER:
        assert name in told
    for part in ("healthy", "unhealthy", "initial", "requests/s", "p50", "p99", "as of 12:01"):
        assert part in told
    assert "two-server-errors" in told


def test_a_low_terminal_keeps_what_runs_and_who_gets_the_traffic() -> None:
    told = "\n".join(lines(SHIFTING, height=8))
    assert "▶ AllowTraffic for 2:05" in told
    assert " 90 %" in told
    assert "two-server-errors" in told
    assert "requests/s" not in told


def test_the_clock_stands_still_when_nothing_happens_any_more() -> None:
    ended = with_view(status="Failed", events=events("AllowTraffic", "Failed"))
    assert lines(ended)[0].endswith("1:10")
    assert lines(replace(ended, now=at(9999)))[0].endswith("1:10")


def test_a_rollback_says_that_it_is_one() -> None:
    assert lines(with_view(is_rollback=True))[0].startswith("rollback of storefront → prod")


def test_nothing_depends_on_colours() -> None:
    coloured, plain = shown(SHIFTING, colours="truecolor"), shown(SHIFTING)
    assert "\x1b[" in coloured
    assert "\x1b[" not in plain
    for sign in ("✓", "✕", "▶", "·", "█"):
        assert sign in plain
