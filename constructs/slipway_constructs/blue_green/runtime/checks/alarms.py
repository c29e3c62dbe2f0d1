"""alarms_quiet: none of the deployment's alarms fires."""

from collections.abc import Mapping
from typing import Any

from aws import client

from .green import CheckFailed, Green


def check(green: Green, settings: Mapping[str, Any], deadline: float) -> str:
    """Fail when an alarm is in state ALARM, or doesn't exist.

    INSUFFICIENT_DATA is quiet: before green has traffic there is nothing to measure.
    """
    if not green.alarms:
        return "the deployment watches no alarms"
    # Metric alarms only, which is what the call returns by itself: asking for composite alarms
    # would need a permission on all alarms of the account.
    states = {
        alarm["AlarmName"]: alarm["StateValue"]
        for page in client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmNames=list(green.alarms))
        for alarm in page["MetricAlarms"]
    }
    if missing := sorted(set(green.alarms) - states.keys()):
        raise CheckFailed(f"expected {_alarms(green.alarms)}, but {', '.join(missing)} not found")
    if firing := sorted(name for name, state in states.items() if state == "ALARM"):
        raise CheckFailed(f"expected no alarm to fire, but {', '.join(firing)} in state ALARM")
    return f"{_alarms(green.alarms)}, none in state ALARM"


def _alarms(names: tuple[str, ...]) -> str:
    return "1 alarm" if len(names) == 1 else f"{len(names)} alarms"
