"""Values with units: durations, sizes and dates as people write them."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from slipway.settings.errors import RuleError

_DURATION = (
    r"(?=[0-9])(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?"
    r"(?:([0-9]{1,6})s)?(?:([0-9]{1,6})ms)?"
)
_SIZE = r"([0-9]{1,9})(MiB|GiB)"
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MIB_PER_UNIT = {"MiB": 1, "GiB": 1024}


def parse_duration(text: str) -> timedelta:
    """Return the duration written as ``10s``, ``5m``, ``4h``, ``7d``, ``500ms`` or ``1h30m``.

    Raises
    ------
    ValueError
        If the text is anything else, a bare number included.
    """
    match = re.fullmatch(_DURATION, text)
    if match is None:
        raise RuleError(
            f"must be a duration such as 10s, 5m, 4h, 7d, 500ms or 1h30m, not {text!r:.60}"
        )
    days, hours, minutes, seconds, milliseconds = (int(group or 0) for group in match.groups())
    return timedelta(
        days=days, hours=hours, minutes=minutes, seconds=seconds, milliseconds=milliseconds
    )


def format_duration(duration: timedelta) -> str:
    """Write a duration the way the settings do: ``1h30m``, ``0s``."""
    milliseconds = duration // timedelta(milliseconds=1)
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, milliseconds = divmod(milliseconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_size(text: str) -> int:
    """Return the MiB in a size written as ``512MiB`` or ``1GiB``.

    Raises
    ------
    ValueError
        If the text is anything else; ``MB`` and ``GB`` are other units.
    """
    match = re.fullmatch(_SIZE, text)
    if match is None:
        raise RuleError(f"must be a size such as 512MiB or 1GiB, not {text!r:.60}")
    return int(match[1]) * _MIB_PER_UNIT[match[2]]


def format_size(mebibytes: int) -> str:
    """Write a size the way the settings do: ``512MiB``, ``1GiB``."""
    gibibytes, rest = divmod(mebibytes, 1024)
    return f"{mebibytes}MiB" if rest or not gibibytes else f"{gibibytes}GiB"


def parse_date(text: str) -> date:
    """Return the day written as ``2026-12-24``.

    Raises
    ------
    ValueError
        If the text is anything else, or there is no such day.
    """
    try:
        if re.fullmatch(_DATE, text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise RuleError(f"must be a day of the calendar, such as 2026-12-24, not {text!r:.60}")


def between(
    minimum: str, maximum: str, *, step: timedelta = timedelta(seconds=1)
) -> Callable[[timedelta], timedelta]:
    """Return a validator for durations in whole steps, bounds included."""
    low, high = parse_duration(minimum), parse_duration(maximum)
    unit = "minutes" if step == timedelta(minutes=1) else "seconds"

    def validate(duration: timedelta) -> timedelta:
        if not low <= duration <= high or duration % step:
            raise RuleError(
                f"must be whole {unit} between {minimum} and {maximum}, "
                f"not {format_duration(duration)}"
            )
        return duration

    return validate


def _text_only(parse: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Parse text; leave other values (defaults, Python callers) to pydantic."""
    return lambda value: parse(value) if isinstance(value, str) else value


Duration = Annotated[
    timedelta,
    BeforeValidator(_text_only(parse_duration)),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{_DURATION}$", "examples": ["10s", "1h30m"]}),
]
"""A length of time; in YAML ``10s``, ``5m``, ``4h``, ``7d``, ``500ms`` or ``1h30m``."""

MiB = Annotated[
    int,
    BeforeValidator(_text_only(parse_size)),
    PlainSerializer(format_size, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{_SIZE}$", "examples": ["512MiB", "1GiB"]}),
]
"""An amount of memory in MiB; in YAML ``512MiB`` or ``1GiB``."""

Date = Annotated[
    date,
    BeforeValidator(_text_only(parse_date)),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-12-24"]}),
]
"""A day; in YAML ``2026-12-24``."""

WholeMinutes = Annotated[
    Duration, AfterValidator(between("0s", "2880m", step=timedelta(minutes=1)))
]
"""A wait that CodeDeploy counts in minutes, two days at most."""
