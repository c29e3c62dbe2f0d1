"""Numbers of templates, as people say them."""

from __future__ import annotations

import re

TIMES = "\N{MULTIPLICATION SIGN}"

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def seconds(value: float) -> str:
    """Return a duration: ``5 min``."""
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if value >= unit and value % unit == 0:
            return f"{value / unit:g} {name}"
    return f"{value:g} s" if value >= 1 else f"{value * 1000:g} ms"


def schedule(expression: str) -> str:
    """Return how often something happens: ``every 5 minutes`` of ``rate(5 minutes)``."""
    rate = re.fullmatch(r"rate\((?:1 (\w+)|(\d+ \w+))\)", expression)
    return f"every {rate[1] or rate[2]}" if rate else expression


def cpu(units: str) -> str:
    """Return a task's share of CPUs: 1024 units are one vCPU."""
    return f"{int(units) / 1024:g} vCPU" if units.isdigit() else units


def memory(mebibytes: str) -> str:
    """Return a task's memory."""
    if not mebibytes.isdigit():
        return mebibytes
    number = int(mebibytes)
    return f"{number / 1024:g} GiB" if number >= 1024 else f"{number} MiB"


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Return how many there are: ``2 tasks``."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def range_of(least: object, most: object) -> str:
    """Return ``2 to 6``, or one number where they are the same."""
    return f"{least}" if str(least) == str(most) else f"{least} to {most}"
