"""Hours of the week in which something runs that need not run all the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

_WEEK = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@dataclass(frozen=True, kw_only=True)
class Hours:
    """The same hours on some days of each week.

    Attributes
    ----------
    days
        Such as ``mon``.
    start, end
        Hours and minutes of each of these days.
    time_zone
        Such as ``Europe/London``.
    """

    days: Sequence[str]
    start: time
    end: time
    time_zone: str

    def before_start(self, lead: timedelta) -> tuple[list[int], time]:
        """Give the moment that is earlier than the start, by less than a day.

        Returns
        -------
        tuple[list[int], time]
            The days, counted from Sunday, 0, as Unix cron counts them; and the time of day.
        """
        moment = datetime.combine(datetime.min + timedelta(days=1), self.start) - lead
        yesterday = moment.day == datetime.min.day
        return sorted((day - yesterday) % 7 for day in self.week_days), moment.time()

    @property
    def week_days(self) -> list[int]:
        """The days, counted from Sunday, 0."""
        return sorted(_WEEK.index(day) for day in self.days)
