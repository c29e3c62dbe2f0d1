"""The rows of a release's picture: its events, the steps of the shift, its waits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from slipway.diagram import lettering, units
from slipway.diagram.story import Event, Step, Story

_LINE = 18
_WAIT_HEIGHT = 46
_MOST_STEPS = 8
_SHOWN_FIRST, _SHOWN_LAST = 3, 2
_TEXT_SIZE = 13


class Mark(Enum):
    """What kind of row this is."""

    HOOK = "hook"
    STEP = "step"
    WAIT = "wait"
    NONE = ""
    """It goes on with the row above."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """An event, a step of the shift, or a wait."""

    name: str
    lines: Sequence[str]
    source: str
    mark: Mark
    shares: Sequence[int]
    """Percent of production traffic that green gets, one after the other."""
    tests_green: bool
    """The test listener leads to green."""
    green_runs: bool
    waits: bool = False

    @property
    def height(self) -> float:
        """How high it is, in the picture's unit."""
        own = (32 if self.name else 16) + _LINE * len(self.lines)
        return max(_WAIT_HEIGHT, own) if self.waits else own


def rows_of(found: Story, room: float) -> list[Row]:
    """Return the rows of a story.

    Parameters
    ----------
    room
        How wide their text may be.
    """
    return list(_rows(found, room))


def _rows(found: Story, room: float) -> Iterator[Row]:
    names = [event.name for event in found.events]
    # https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentReadyOption.html
    approval_before = "BeforeAllowTraffic" if "BeforeAllowTraffic" in names else "AllowTraffic"
    green, tests_green, green_runs = 0, False, False

    def row(name: str, lines: Sequence[str], source: str, mark: Mark, **further: bool) -> Row:
        return Row(
            name=name,
            lines=lines,
            source=source,
            mark=mark,
            shares=(green,),
            tests_green=tests_green,
            green_runs=green_runs,
            **further,
        )

    for event in found.events:
        if event.name == approval_before and found.approval_seconds:
            within = units.seconds(found.approval_seconds)
            lines = [f"somebody lets it go on, within {within}"]
            yield row("Approval", lines, found.group.source, Mark.WAIT, waits=True)
        green_runs = green_runs or event.name == "Install"
        tests_green = tests_green or event.name == "AllowTestTraffic"
        if event.name == "AllowTraffic":
            yield from _shift(found.steps, event, tests_green=tests_green)
            green = 100
            continue
        lines = [line for text in event.lines for line in lettering.lines(text, _TEXT_SIZE, room)]
        yield row(event.name, lines, event.source, Mark.HOOK if event.hook else Mark.STEP)
    wait = units.seconds(found.termination_seconds)
    lines = [f"blue stays for {wait}, and can come back"]
    yield row("Termination wait", lines, found.group.source, Mark.WAIT, waits=True)


def _shift(steps: Sequence[Step], event: Event, *, tests_green: bool) -> Iterator[Row]:
    """Give each step of the shift a row; where there are many, those in the middle share one."""
    groups: list[Sequence[Step]] = [(step,) for step in steps]
    if len(steps) > _MOST_STEPS:
        middle = steps[_SHOWN_FIRST:-_SHOWN_LAST]
        groups = [*groups[:_SHOWN_FIRST], middle, *groups[-_SHOWN_LAST:]]
    for number, group in enumerate(groups):
        first, last = group[0], group[-1]
        wait = f", then wait {units.seconds(last.wait_seconds)}" if last.wait_seconds else ""
        share = f"{first.percent} %" if first is last else f"{first.percent} to {last.percent} %"
        each = " each time" if first is not last and wait else ""
        yield Row(
            name="" if number else event.name,
            lines=(f"{share} to green{wait}{each}",),
            source=event.source,
            mark=Mark.NONE if number else Mark.STEP,
            shares=[step.percent for step in group],
            tests_green=tests_green,
            green_runs=True,
            waits=bool(last.wait_seconds),
        )
