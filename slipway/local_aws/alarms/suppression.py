"""Composite alarms whose actions another alarm suppresses.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

Record = dict[str, Any]

# What PutCompositeAlarm and CloudFormation call it.
SUPPRESSOR, WAIT, EXTENSION = (
    "ActionsSuppressor",
    "ActionsSuppressorWaitPeriod",
    "ActionsSuppressorExtensionPeriod",
)

ALARM = "ALARM"


@dataclass(frozen=True)
class Suppressed:
    """What an alarm has to tell, and since when its suppressor lets it.

    Attributes
    ----------
    told
        The state that was last told; None before the first.
    untold
        The state to be told, and the reason.
    since
        When the alarm came into that state.
    muted_until
        When the suppressor was last seen to fire.
    """

    told: str | None = None
    untold: tuple[str, str] | None = None
    since: float = 0.0
    muted_until: float | None = None


def suppressed_by(
    alarm: Suppressed, *, suppressor: str, now: float, wait: float, extension: float
) -> tuple[str | None, Suppressed]:
    """Tell what keeps an alarm from acting: ``Alarm``, ``ExtensionPeriod``, ``WaitPeriod`` or None.

    The wait is for alarms that begin to fire; that one which is over is told at once is
    undocumented: our reading.

    Parameters
    ----------
    alarm
        What it has to tell.
    suppressor
        The suppressor's state.
    now
        The time, in seconds.
    wait, extension
        The two periods, in seconds.
    """
    if suppressor == ALARM:
        return "Alarm", replace(alarm, muted_until=now)
    if alarm.muted_until is not None:
        if now < alarm.muted_until + extension:
            return "ExtensionPeriod", alarm
        return None, replace(alarm, muted_until=None)
    if alarm.untold and alarm.untold[0] == ALARM and now < alarm.since + wait:
        return "WaitPeriod", alarm
    return None, alarm


@dataclass
class Suppression:
    """Holds back what composite alarms have to tell, for as long as their suppressors say."""

    dispatch: Callable[[Record, str, str, str], None]
    state_of: Callable[[str], str | None]
    wall: Callable[[float], float]
    _alarms: dict[str, Suppressed] = field(default_factory=dict)

    def transition(self, alarm: Record, old: str, new: str, reason: str) -> None:
        """Take note of an alarm's new state, and tell it if nothing keeps it back."""
        if not alarm.get(SUPPRESSOR):
            self.dispatch(alarm, old, new, reason)
            return
        known = self._alarms.get(alarm["AlarmArn"], Suppressed())
        self._alarms[alarm["AlarmArn"]] = replace(known, untold=(new, reason), since=time.time())
        self.look(alarm)

    def look(self, alarm: Record) -> None:
        """Tell what may be told by now."""
        if not alarm.get(SUPPRESSOR):
            return
        by, known = suppressed_by(
            self._alarms.get(alarm["AlarmArn"], Suppressed()),
            suppressor=self.state_of(alarm[SUPPRESSOR]) or "",
            now=time.time(),
            wait=self.wall(float(alarm[WAIT])),
            extension=self.wall(float(alarm[EXTENSION])),
        )
        if by:
            alarm["ActionsSuppressedBy"] = by
        else:
            alarm.pop("ActionsSuppressedBy", None)
            if known.untold and known.untold[0] != known.told:
                new, reason = known.untold
                self.dispatch(alarm, known.told or "INSUFFICIENT_DATA", new, reason)
                known = replace(known, told=new)
            known = replace(known, untold=None)
        self._alarms[alarm["AlarmArn"]] = known


def check(alarm: Record, state_of: Callable[[str], str | None]) -> None:
    """Refuse a suppressor as CloudWatch would.

    Raises
    ------
    ValueError
        A period is missing, or there is no such alarm.
    """
    if not alarm.get(SUPPRESSOR):
        return
    missing = [name for name in (WAIT, EXTENSION) if alarm.get(name) is None]
    if missing:
        raise ValueError(f"{' and '.join(missing)} must be given with {SUPPRESSOR}")
    if state_of(alarm[SUPPRESSOR]) is None:
        raise ValueError(f"{SUPPRESSOR}: there is no alarm {alarm[SUPPRESSOR]}")
