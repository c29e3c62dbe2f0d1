"""Whether what was seen is what was expected."""

from __future__ import annotations

from faults.fault import End, Serves
from faults.scene import Seen

# A request takes a few milliseconds.
_BUSY_MS = 500


def discrepancies(end: End, seen: Seen) -> list[str]:
    """Say everything that is otherwise than expected; nothing where all is as it must be."""
    expected_answers = {
        Serves.BLUE: {Serves.BLUE},
        Serves.GREEN: {Serves.GREEN},
        Serves.BOTH: {Serves.BLUE, Serves.GREEN},
    }[end.serves]
    requests = seen.requests
    compared = {
        "status": (end.status, seen.status),
        "error code": (end.code, seen.code),
        "lifecycle events": (end.events(), dict(seen.events)),
        "rollback": ("Succeeded" if end.rolled_back else None, seen.rollback),
        "what the rollback undoes": (
            seen.deployment if end.rolled_back else None,
            seen.rolls_back,
        ),
        "production traffic": (end.serves, seen.serves),
        "primary task set": (end.primary, seen.primary),
        "who answers at the end": (expected_answers, set(seen.answered_by)),
    }
    if end.rolled_back:
        compared["test traffic"] = (Serves.BLUE, seen.test_listener)
    found = [
        f"{what}: expected {_shown(expected)}, saw {_shown(actual)}"
        for what, (expected, actual) in compared.items()
        if expected != actual
    ]
    if requests.outside:
        found.append(f"{requests.outside} requests failed that could not meet the side at fault")
    if requests.failed > requests.allowed:
        found.append(
            f"{requests.failed} of {requests.sent} requests failed, {requests.allowed} may"
        )
    if not requests.sent:
        found.append("no request was sent")
    if found and seen.message:
        found.append(f"CodeDeploy said: {seen.message}")
    if found and requests.typical_ms > _BUSY_MS:
        found.append(
            f"half of the clients waited longer than {requests.typical_ms:.0f} ms: this machine "
            "may have been too busy to tell"
        )
    return found


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    if isinstance(value, set | frozenset):
        return " and ".join(sorted(map(str, value))) or "nobody"
    return str(value) if value else "none"
