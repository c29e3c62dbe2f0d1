"""The checks that decide whether green may go on.

A check is a function ``check(green, settings, deadline) -> str``. It returns a sentence on what it
saw, or raises `CheckFailed`. It knows nothing of CodeDeploy, so that another deployment engine can
run the same ones.
"""

import importlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .green import CheckFailed, Green

# Modules by name, imported when first used: one that can't be imported is one failed check, not a
# hook without an answer.
_MODULES = {
    "alarms_quiet": "alarms",
    "http": "http",
    "image_scan": "image_scan",
    "targets_healthy": "targets",
}


@dataclass(frozen=True)
class Result:
    """What came of one check."""

    check: str
    passed: bool
    detail: str
    duration_ms: int


def run(
    declared: Sequence[Mapping[str, Mapping[str, Any]]], green: Green, *, deadline: float
) -> Iterator[Result]:
    """Run every declared check in its order, and yield each result as it comes.

    A failed check does not keep the next from running: whoever reads the log wants all reasons.

    Parameters
    ----------
    declared
        One mapping a check, of its name to its settings: ``[{"http": {"path": "/"}}]``.
    green
        What is checked.
    deadline
        Time of ``time.monotonic()`` at which checks that wait should give up.
    """
    for declaration in declared:
        for name, settings in declaration.items():
            started = time.monotonic()
            passed, detail = _run_one(name, settings, green, deadline)
            yield Result(name, passed, detail, round((time.monotonic() - started) * 1000))


def _run_one(
    name: str, settings: Mapping[str, Any], green: Green, deadline: float
) -> tuple[bool, str]:
    if name not in _MODULES:
        return False, f"there is no check called {name}; there are {', '.join(_MODULES)}"
    try:
        check = importlib.import_module(f".{_MODULES[name]}", __name__).check
        return True, check(green, settings, deadline)
    except CheckFailed as failure:
        return False, str(failure)
    except Exception as error:
        return False, f"the check itself broke: {type(error).__name__}: {error}"
