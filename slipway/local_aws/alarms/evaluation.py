"""When a metric alarm is in which state, from the values of its last periods.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"

# Whoever stood still for more periods starts with the last one.
_MOST_PERIODS_BEHIND = 10

_COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}


@dataclass(frozen=True)
class Rule:
    """What an alarm is configured to watch for."""

    threshold: float
    comparison: str
    evaluation_periods: int
    datapoints_to_alarm: int
    missing_data: str

    @classmethod
    def of(cls, alarm: dict[str, Any]) -> Rule:
        """Read the rule of an alarm as DescribeAlarms spells it."""
        periods = int(alarm["EvaluationPeriods"])
        return cls(
            threshold=float(alarm["Threshold"]),
            comparison=alarm["ComparisonOperator"],
            evaluation_periods=periods,
            datapoints_to_alarm=int(alarm.get("DatapointsToAlarm") or periods),
            missing_data=alarm.get("TreatMissingData") or "missing",
        )


def next_evaluation(period: float, now: float, evaluated_until: float | None) -> float | None:
    """Return the end of the period whose turn it is, None while the next one isn't over.

    Each has its turn, however late: on a machine that stood still for a moment, an alarm must not
    miss what happened meanwhile.

    Parameters
    ----------
    period
        Its length in seconds.
    now, evaluated_until
        The time, and the end of the period that was evaluated last, in seconds since 1970.
    """
    last = now // period
    if evaluated_until is None:
        return last * period
    behind = last - round(evaluated_until / period)
    if behind <= 0:
        return None
    return (last if behind > _MOST_PERIODS_BEHIND else last - behind + 1) * period


def evaluate(rule: Rule, values: Sequence[float | None], current: str) -> tuple[str, str]:
    """Return the state that an alarm is in now, and the reason to show.

    ``values`` are those of the last evaluation periods, oldest first, None where a period has no
    data. CloudWatch also looks at periods before these when some are missing; this does not.
    """
    compare, words = _COMPARISONS[rule.comparison]
    present = [value for value in values if value is not None]
    if not present and rule.missing_data == "ignore":
        return current, "no data; the state is kept"
    if not present and rule.missing_data == "missing":
        return INSUFFICIENT_DATA, "Insufficient Data: no datapoints were received"
    missing = len(values) - len(present)
    breaching = [value for value in present if compare(value, rule.threshold)]
    count = len(breaching) + (missing if rule.missing_data == "breaching" else 0)
    shown = ", ".join(f"{value:g}" for value in present) or "no data"
    if count >= rule.datapoints_to_alarm:
        return ALARM, (
            f"Threshold Crossed: {count} out of the last {len(values)} datapoints [{shown}] "
            f"was {words} the threshold ({rule.threshold:g})"
        )
    return OK, (
        f"Threshold Crossed: {len(values) - count} out of the last {len(values)} datapoints "
        f"[{shown}] was not {words} the threshold ({rule.threshold:g})"
    )
