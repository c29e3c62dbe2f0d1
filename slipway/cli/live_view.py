"""How a release that runs looks in a terminal: everything at one moment, line by line.

No line depends on colour alone, and each fits the width: 80 columns show all of it in 24 rows,
narrower or lower terminals the most important of it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from rich.text import Text

from slipway.release import Health, LifecycleEvent, Requests, TaskSet, View, Vitals

_SIDES = ("blue", "green")
_COLOURS = {"blue": "bright_blue", "green": "bright_green"}
_LABEL = 7
_PERCENT = len(" 100 %")
_NARROWEST_BAR, _WIDEST_BAR = 4, 36
_TWO_COLUMNS = 70
_SIGNS = {"Succeeded": "✓", "Failed": "✕", "InProgress": "▶", "Skipped": "-"}
_STYLES = {"✓": "green", "✕": "bold red", "▶": "bold"}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A release at one moment."""

    service: str
    environment: str
    deployment_id: str
    revision: str
    """``family:revision``."""
    view: View
    vitals: Vitals | None
    """None before they were read for the first time."""
    now: datetime


@dataclass(frozen=True)
class _Line:
    text: Text
    rank: int = 0
    """Where there is no room, all lines of the highest rank go first; those of 0 stay."""


def render(moment: Moment, width: int, height: int) -> Text:
    """Return what a terminal of a width and height shows."""
    lines = list(_lines(moment, width))
    while len(lines) > max(height, 1) and (least := max(line.rank for line in lines)):
        lines = [line for line in lines if line.rank < least]
    for line in lines:
        line.text.truncate(width, overflow="ellipsis")
    shown = Text("\n", end="").join(line.text for line in lines[: max(height, 1)])
    shown.no_wrap = True
    return shown


def _lines(moment: Moment, width: int) -> Iterator[_Line]:
    yield from _header(moment, width)
    yield _Line(Text(), rank=9)
    yield from _traffic(moment, width)
    yield from _requests(moment, width)
    yield _Line(Text(), rank=8)
    yield from _events(moment, width)
    yield _Line(Text(), rank=7)
    yield from _alarms(moment, width)


def _header(moment: Moment, width: int) -> Iterator[_Line]:
    view = moment.view
    clock = _clock(_until(moment) - view.created) if view.created else ""
    kind = "rollback of " if view.is_rollback else ""
    title = f"{kind}{moment.service} → {moment.environment}"
    known = f"{moment.revision}  {moment.deployment_id}"
    if len(title) + len(known) + len(clock) + 5 <= width:
        title, known = f"{title}  {known}", ""
    gap = " " * max(1, width - len(title) - len(clock))
    yield _Line(Text.assemble((title, "bold"), gap, (clock, "bold")))
    if known:
        yield _Line(Text(known, "bold"))
    yield from _wrapped(_standing(moment), width, _standing_style(view))


def _standing(moment: Moment) -> str:
    """Say how far it is, and what is waited for."""
    view = moment.view
    share = view.green.traffic_percent if view.green else 0
    on_green = f"; {share:g} % of the traffic is on green" if share else ""
    if view.is_final:
        return f"{_SIGNS.get(view.status, '✕')} {view.status}" + (
            f": {view.error}" if view.error else ""
        )
    if view.waits_for_approval:
        until = _until_when(view.approval_ends, moment.now)
        return f"▶ Waits for approval{until}: approve or reject it"
    if view.is_shifted and not view.is_rollback:
        return (
            "✓ All traffic is on green; termination wait"
            f"{_until_when(view.termination_wait_ends, moment.now)}"
        )
    event = next((each for each in view.events if each.status == "InProgress"), None)
    if event is None:
        return f"▶ {view.status}{on_green}"
    since = f" for {_clock(moment.now - event.began)}" if event.began else ""
    return f"▶ {event.name}{since}{on_green}"


def _standing_style(view: View) -> str:
    if view.status in {"Failed", "Stopped"}:
        return "bold red"
    return "bold green" if view.status == "Succeeded" or view.is_shifted else "bold"


def _until_when(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return ""
    left = f" ({_clock(moment - now)} left)" if moment > now else ""
    return f" until {moment:%H:%M %Z}{left}"


def _traffic(moment: Moment, width: int) -> Iterator[_Line]:
    columns: tuple[str, ...] = ("tasks", "healthy", "unhealthy", "initial")
    bar = _bar(columns, width)
    if bar < _NARROWEST_BAR:
        columns = columns[:2]
        bar = max(_NARROWEST_BAR, _bar(columns, width))
    head = f"{'':{_LABEL}}{'traffic':<{bar + _PERCENT}}" + "".join(f"  {name}" for name in columns)
    yield _Line(Text(head, "dim"), rank=2)
    for name in _SIDES:
        side = _side(moment.view, name)
        share = side.traffic_percent if side else None
        filled = round(bar * (share or 0) / 100)
        cells = (_tasks(side), *_targets(moment.vitals, side))
        numbers = "".join(
            f"  {cell:>{len(column)}}" for column, cell in zip(columns, cells, strict=False)
        )
        percent = f"{share:.0f} %" if share is not None else "—"
        yield _Line(
            Text.assemble(
                (f"{name:<{_LABEL}}", _COLOURS[name]),
                ("█" * filled, _COLOURS[name]),
                ("░" * (bar - filled), "dim"),
                f"{percent:>{_PERCENT}}{numbers}",
            )
        )


def _bar(columns: Sequence[str], width: int) -> int:
    """Return how wide a bar may be beside its label, its percentage and the columns."""
    beside = _LABEL + _PERCENT + sum(len(column) + 2 for column in columns)
    return min(_WIDEST_BAR, width - beside)


def _tasks(side: TaskSet | None) -> str:
    return f"{side.running}/{side.desired}" if side else "—"


def _targets(vitals: Vitals | None, side: TaskSet | None) -> tuple[str, str, str]:
    health = vitals.health.get(side.target_group) if vitals and side else None
    if health is None:
        return ("—", "—", "—")
    return _counts(health)


def _counts(health: Health) -> tuple[str, str, str]:
    bad = f"✕ {health.unhealthy}" if health.unhealthy else "0"
    return (str(health.healthy), bad, str(health.initial))


def _requests(moment: Moment, width: int) -> Iterator[_Line]:
    names = ("requests/s", "errors", "p99", "p50")
    room = max(1, (width - _LABEL - len("  as of 12:00")) // 10)
    columns = names[:room]
    head = f"{'':{_LABEL}}" + "".join(f"{name:>10}" for name in columns)
    yield _Line(Text(f"{head}  {_as_of(moment, width - len(head) - 2)}", "dim"), rank=4)
    for name in _SIDES:
        side = _side(moment.view, name)
        known = moment.vitals.requests.get(side.target_group) if moment.vitals and side else None
        cells = _numbers(known)
        numbers = "".join(f"{cell:>10}" for cell in cells[: len(columns)])
        yield _Line(
            Text.assemble(
                (f"{name:<{_LABEL}}", _COLOURS[name]),
                (numbers, "bold red" if known and known.errors else ""),
            ),
            rank=4,
        )


def _numbers(known: Requests | None) -> tuple[str, str, str, str]:
    if known is None:
        return ("—", "—", "—", "—")
    errors = f"{'✕ ' if known.errors else ''}{known.error_percent:.1f} %"
    return (
        f"{known.per_second:.1f}",
        errors,
        _milliseconds(known.p99),
        _milliseconds(known.p50),
    )


def _as_of(moment: Moment, room: int) -> str:
    ends = [each.end for each in moment.vitals.requests.values()] if moment.vitals else []
    if not ends:
        return "no metrics"
    whole = f"as of {max(ends):%H:%M:%S %Z}"
    return whole if len(whole) <= room else f"as of {max(ends):%H:%M}"


def _events(moment: Moment, width: int) -> Iterator[_Line]:
    # The one that runs stays longest, then what failed.
    ranks = {"InProgress": 0, "Failed": 0, "Succeeded": 3}
    events = moment.view.events
    if width < _TWO_COLUMNS:
        for event in events:
            yield _Line(_event(event, moment, width), rank=ranks.get(event.status, 6))
        return
    half = (len(events) + 1) // 2
    for left, right in zip_longest(events[:half], events[half:]):
        text = _event(left, moment, width // 2 - 2)
        text.pad_right(max(0, width // 2 - text.cell_len))
        rank = min(ranks.get(each.status, 6) for each in (left, right) if each)
        yield _Line(
            text.append_text(_event(right, moment, width // 2 - 2)) if right else text, rank=rank
        )


def _event(event: LifecycleEvent, moment: Moment, width: int) -> Text:
    sign = _SIGNS.get(event.status, "·")
    took = ""
    if event.began and event.status != "Skipped":
        took = _clock((event.ended or _until(moment)) - event.began)
    name = f"{sign} {event.name}"
    style = _STYLES.get(sign, "dim")
    return Text(f"{name:<{min(26, width - 8)}}{took:>8}", style)


def _alarms(moment: Moment, width: int) -> Iterator[_Line]:
    vitals = moment.vitals
    if vitals is None:
        return
    firing = sorted(name for name, state in vitals.alarms.items() if state == "ALARM")
    quiet = sum(state == "OK" for state in vitals.alarms.values())
    no_data = len(vitals.alarms) - len(firing) - quiet
    said = [f"✕ ALARM {', '.join(firing)}"] if firing else []
    said += [f"✓ {quiet} OK"] if quiet else []
    said += [f"{no_data} without data"] if no_data else []
    if said:
        yield from _wrapped(f"alarms {'; '.join(said)}", width, "bold red" if firing else "")
    if vitals.unknown:
        parts = ", ".join(f"{what} ({why})" for what, why in vitals.unknown.items())
        yield from _wrapped(f"not known: {parts}", width, "", rank=5)


def _wrapped(text: str, width: int, style: str, rank: int = 0) -> Iterator[_Line]:
    for index, line in enumerate(textwrap.wrap(text, max(width, 20)) or [""]):
        yield _Line(Text(line, style), rank=rank if not index else rank + 1)


def _side(view: View, name: str) -> TaskSet | None:
    return view.blue if name == "blue" else view.green


def _until(moment: Moment) -> datetime:
    """Let the clock stand still when nothing happens any more."""
    ends = [event.ended for event in moment.view.events if event.ended]
    return max(ends) if moment.view.is_final and ends else moment.now


def _clock(time: timedelta) -> str:
    """``1:05`` or ``2:03:04``; below a minute ``12 s``."""
    seconds = max(0, round(time.total_seconds()))
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours}:{minutes:02}:{seconds % 60:02}"
    return f"{minutes}:{seconds % 60:02}" if minutes else f"{seconds} s"


def _milliseconds(time: timedelta | None) -> str:
    return "—" if time is None else f"{time.total_seconds() * 1000:,.0f} ms"
