"""Where reports of releases are, and how they get there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from slipway.page.writing import write_whole
from slipway.report.page import render
from slipway.report.record import SCHEMA, AlarmChange, Interval, Outcome, ReleaseReport

_Item = TypeVar("_Item")


def publish(report: ReleaseReport, folder: Path) -> Path:
    """Write a report, each file whole or not at all, and return the page.

    Who follows a release again, after its traffic has shifted or when it waited for approval, adds
    to what was seen before.

    Parameters
    ----------
    folder
        Gets ``<service>-<environment>-<deployment id>.html``, and ``.json`` beside it.

    Raises
    ------
    OSError
        It can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"{report.service}-{report.environment}-{report.id}.html"
    data = page.with_suffix(".json")
    earlier = _read(data)
    if earlier is not None and earlier.id == report.id:
        report = merge(earlier, report)
    write_whole(data, _ADAPTER.dump_json(report, indent=2).decode() + "\n")
    write_whole(page, render(report))
    return page


def merge(earlier: ReleaseReport, later: ReleaseReport) -> ReleaseReport:
    """Return what was seen of a release both times; where they differ, the later one holds.

    Who looked again and left before the end doesn't know how it ended: what the earlier one knew of
    that stays.
    """
    groups = [*earlier.requests, *(group for group in later.requests)]
    deployments = {each.id: each for each in (*earlier.deployments, *later.deployments)}
    return replace(
        later,
        outcome=_outcome(earlier, later),
        reason=later.reason or earlier.reason,
        rollback_id=later.rollback_id or earlier.rollback_id,
        started_at=min(earlier.started_at, later.started_at),
        deployments=tuple(deployments.values()),
        samples=_in_order([*earlier.samples, *later.samples], "time"),
        requests={
            group: _intervals(earlier.requests.get(group, ()), later.requests.get(group, ()))
            for group in dict.fromkeys(groups)
        },
        alarms=_changes([*earlier.alarms, *later.alarms]),
        told=_in_order([*earlier.told, *later.told], "time"),
    )


def _outcome(earlier: ReleaseReport, later: ReleaseReport) -> Outcome:
    if later.outcome is not Outcome.LEFT:
        return later.outcome
    if earlier.outcome is Outcome.LIVE and not all(
        each.deployment_id == later.id and each.green and each.green.traffic_percent == 100
        for each in later.samples
    ):
        # Until the termination wait is over, traffic may return.
        return Outcome.LEFT
    return earlier.outcome


_ADAPTER: TypeAdapter[ReleaseReport] = TypeAdapter(ReleaseReport)


def _read(file: Path) -> ReleaseReport | None:
    """Read what was seen before; a file that isn't understood is written anew."""
    try:
        report = _ADAPTER.validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
    return report if report.schema == SCHEMA else None


def _in_order(items: Iterable[_Item], by: str) -> tuple[_Item, ...]:
    """Sort what was seen; what both saw, such as an event that was told again, is there once."""
    known: list[_Item] = []
    for item in sorted(items, key=lambda each: _moment(each, by)):
        if item not in known:
            known.append(item)
    return tuple(known)


def _moment(item: Any, by: str) -> Any:
    return getattr(item, by)


def _intervals(earlier: Iterable[Interval], later: Iterable[Interval]) -> tuple[Interval, ...]:
    """Prefer the later: it covers all of the release, in intervals of one length."""
    return tuple(later) or tuple(earlier)


def _changes(changes: Iterable[AlarmChange]) -> tuple[AlarmChange, ...]:
    """Leave out what is no change: who comes again sees every alarm for the first time."""
    states: dict[str, str] = {}
    kept = []
    for change in sorted(changes, key=lambda each: each.time):
        if states.get(change.name) != change.state:
            kept.append(change)
        states[change.name] = change.state
    return tuple(kept)
