"""One verdict on green, in time: all declared checks, each with its line in the log.

Whoever asks has a deadline, and silence costs more than a No. So the checks run in a thread beside
the one that answers: whatever they do, hanging included, there is a verdict before the deadline.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

Declared = Sequence[Mapping[str, Mapping[str, Any]]]


def reach(
    find: Callable[[], tuple[Declared, Any]],
    *,
    within: timedelta,
    log: "Log",
) -> bool:
    """Tell whether green passed every check.

    Parameters
    ----------
    find
        Gives the declared checks and the ``checks.Green`` that they are for. What it raises is a
        No with its reason in the log.
    within
        How long all of it may take.
    log
        Gets a line for each check.
    """
    seconds = max(within.total_seconds(), 0)
    deadline = time.monotonic() + seconds
    verdicts: list[bool] = []
    worker = threading.Thread(
        target=lambda: verdicts.append(_checks_pass(find, deadline, log)), daemon=True
    )
    worker.start()
    worker.join(seconds)
    if not verdicts:
        ending = "hang" if worker.is_alive() else "ended without a verdict"
        log.write("all", "failed", seconds * 1000, f"the checks {ending}")
    return verdicts == [True]


class Log:
    """What a function says of its checks, a line of JSON each.

    Parameters
    ----------
    fields
        What stands in each line beside ``check``, ``outcome``, ``duration_ms`` and ``detail``.
    """

    def __init__(self, fields: Mapping[str, str | None]) -> None:
        self._fields = fields

    def write(self, check: str, outcome: str, duration_ms: float, detail: str) -> None:
        """Write one line."""
        line = {
            **self._fields,
            "check": check,
            "outcome": outcome,
            "duration_ms": round(duration_ms),
            "detail": detail,
        }
        print(json.dumps(line), flush=True)


def _checks_pass(find: Callable[[], tuple[Declared, Any]], deadline: float, log: Log) -> bool:
    started = time.monotonic()
    try:
        # Imported here, so that a module that can't be imported is reported as well.
        import checks

        declared, green = find()
        log.write("deployment", "passed", _since(started), f"green is {green.revision}")
        passed = True
        for result in checks.run(declared, green, deadline=deadline):
            outcome = "passed" if result.passed else "failed"
            log.write(result.check, outcome, result.duration_ms, result.detail)
            passed = passed and result.passed
        return passed
    except Exception as error:
        log.write("deployment", "failed", _since(started), f"{type(error).__name__}: {error}")
        return False


def _since(started: float) -> float:
    return (time.monotonic() - started) * 1000
