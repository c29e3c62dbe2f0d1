"""Hours of the week: when services run, and when releases may begin."""

import re
from datetime import time
from typing import Literal, get_args
from zoneinfo import available_timezones

from pydantic import ValidationInfo, field_validator

from slipway.settings.errors import RuleError
from slipway.settings.model import Model, refuse_repeats

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)

_TIME = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")


class Hours(Model):
    """The same hours on some days of each week."""

    days: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri")
    """The days."""
    start: str
    """When they start: hours and minutes, such as 08:00."""
    end: str
    """When they end, on the same day."""
    time_zone: str
    """The time zone of both, such as Europe/London."""

    @field_validator("days")
    @classmethod
    def _each_once(cls, days: tuple[Day, ...]) -> tuple[Day, ...]:
        if not days:
            raise RuleError("must list at least one day")
        refuse_repeats(days)
        return days

    @field_validator("start", "end")
    @classmethod
    def _a_time(cls, text: str) -> str:
        if not _TIME.fullmatch(text):
            raise RuleError(f"must be hours and minutes, such as 08:00, not {text!r:.60}")
        return text

    @field_validator("end")
    @classmethod
    def _after_the_start(cls, end: str, info: ValidationInfo) -> str:
        start = info.data.get("start")
        if start is not None and end <= start:
            raise RuleError(f"must be later than {{here}}start ({end} <= {start})")
        return end

    @property
    def opening(self) -> time:
        """When they start."""
        return time.fromisoformat(self.start)

    @property
    def closing(self) -> time:
        """When they end."""
        return time.fromisoformat(self.end)

    @field_validator("time_zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        known = available_timezones()
        # A machine without a time zone database can't tell.
        if known and zone not in known:
            raise RuleError(f"must be a time zone, such as Europe/London, not {zone!r:.60}")
        return zone


class OfficeHours(Hours):
    """When services run; outside of these hours they have no tasks, and EC2 capacity goes."""
