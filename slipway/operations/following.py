"""A one-off task from its start to its end: what it writes, and how things stand with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from slipway.operations.one_off import OneOff, OneOffError, describe
from slipway.operations.output import Reader
from slipway.release import Aws
from slipway.release.errors import UnreachableError

_WORDS = {
    "PROVISIONING": "waits for its place: room, and a network interface",
    "PENDING": "is starting: image and secrets are fetched",
    "RUNNING": "runs",
    "STOPPED": "has stopped",
}


class Kind(Enum):
    """What somebody who follows a task is told."""

    OUTPUT = "output"
    """A line that the task has written."""
    PROGRESS = "progress"
    """How things stand with it."""


@dataclass(frozen=True)
class Told:
    """One thing to be told."""

    kind: Kind
    text: str


def follow(
    aws: Aws,
    run: OneOff,
    *,
    interval: timedelta = timedelta(seconds=1),
    patience: timedelta = timedelta(minutes=5),
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Told]:
    """Yield what a task writes and how it fares, until it has stopped and its log is read.

    Parameters
    ----------
    interval
        Time between two looks. After the end it looks until nothing new has come for so long:
        a line may become readable a moment later.
    patience
        How long it bears that ECS doesn't know the task, and that AWS can't be reached.

    Raises
    ------
    OneOffError
        ECS doesn't know the task any more.
    AwsError
        AWS refuses, or can't be reached for longer than `patience`; the task goes on.
    """
    reader = Reader(aws, run.log)
    status = ""
    trouble_since: float | None = None
    while True:
        began = time.monotonic()
        try:
            task = describe(aws, run)
            yield from (Told(Kind.OUTPUT, line) for line in reader.look())
        except UnreachableError:
            trouble_since = trouble_since or began
            if began - trouble_since >= patience.total_seconds():
                raise
            sleep(interval.total_seconds())
            continue
        if task is None:
            # ECS tells of a new task with some delay.
            trouble_since = trouble_since or began
            if began - trouble_since >= patience.total_seconds():
                raise OneOffError(
                    f"ECS doesn't know the task {run.id} of {run.target.service} any more: see "
                    f"what it has written with {run.target.command('logs')}"
                )
            sleep(interval.total_seconds())
            continue
        trouble_since = None
        if task["lastStatus"] != status:
            status = task["lastStatus"]
            yield Told(Kind.PROGRESS, _sentence(run, task))
        if status == "STOPPED":
            yield from _rest(reader, interval, sleep)
            return
        sleep(interval.total_seconds())


def _sentence(run: OneOff, task: dict[str, Any]) -> str:
    status = task["lastStatus"]
    return f"Task {run.id} {_WORDS.get(status, f'is {status}')}"


def _rest(reader: Reader, interval: timedelta, sleep: Callable[[float], None]) -> Iterator[Told]:
    while True:
        sleep(interval.total_seconds())
        lines = list(reader.look())
        if not lines:
            return
        yield from (Told(Kind.OUTPUT, line) for line in lines)
