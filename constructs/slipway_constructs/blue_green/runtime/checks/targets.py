"""targets_healthy: green's target group holds all of its tasks, and all are healthy."""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aws import client

from .green import CheckFailed, Green
from .waiting import until

_TIMEOUT = timedelta(minutes=2)


def check(green: Green, settings: Mapping[str, Any], deadline: float) -> str:
    """Wait until as many targets as green should have tasks are healthy, and no other is there.

    `settings` may hold ``timeout_seconds``; otherwise two minutes.
    """
    if green.target_group_arn is None or green.desired_count is None:
        raise CheckFailed(
            f"expected a task set with a target group for {green.revision}, but there is none yet: "
            "targets_healthy works from AfterInstall on"
        )
    elastic_load_balancing = client("elbv2")
    states: Counter[str] = Counter()

    def all_healthy() -> bool:
        nonlocal states
        health = elastic_load_balancing.describe_target_health(
            TargetGroupArn=green.target_group_arn
        )
        states = Counter(
            target["TargetHealth"]["State"] for target in health["TargetHealthDescriptions"]
        )
        # A service that was scaled in meanwhile leaves targets that are only draining away.
        serving = {state: count for state, count in states.items() if state != "draining"}
        return serving == ({"healthy": green.desired_count} if green.desired_count else {})

    timeout = float(settings.get("timeout_seconds", _TIMEOUT.total_seconds()))
    if not until(min(deadline, time.monotonic() + timeout), all_healthy):
        seen = ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none"
        raise CheckFailed(f"expected {green.desired_count} healthy targets, but there are: {seen}")
    return f"{green.desired_count} of {green.desired_count} targets healthy"
