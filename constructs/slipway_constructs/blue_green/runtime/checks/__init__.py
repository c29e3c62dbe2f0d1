"""The checks that decide whether green, the new tasks, may go on.

Whoever asks makes a `Green`, which says what the new tasks are and where they answer, and runs the
checks that were declared for the moment::

    green = checks.Green(revision="shop-local-storefront:7", port=9000, ...)
    for result in checks.run([{"http": {"path": "/"}}], green, deadline=time.monotonic() + 60):
        print(result.check, result.passed, result.detail)

Nothing here knows who asks: a CodeDeploy hook, another deployment engine or a test. A check is a
function ``check(green, settings, deadline) -> str``. It returns a sentence on what it saw, or
raises `CheckFailed`. What else it raises is a failure too, of the check itself.

===================  ===========================================================================
``http``             green answers a request as expected: status, body, JSON, headers, latency
``burst``            green bears many requests at once: share of errors, latency
``compare``          green answers as blue does, which still serves production
``targets_healthy``  green's target group holds all of its tasks, and all are healthy
``alarms_quiet``     none of the alarms fires
``image_scan``       ECR found nothing worse in the images than is allowed
``image_signature``  each image has a signature in ECR
``python``           a function of the service's own ``checks.py`` passes
===================  ===========================================================================

The settings of each are said by its module, durations as ``…_seconds``. An answer counts only when
its task has proved to be green's: see `checks.identity`.
"""

import importlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .green import CheckFailed, Green

__all__ = ["CheckFailed", "Green", "Result", "run"]

# Modules by name, imported when first used: one that can't be imported is one failed check, not a
# hook without an answer.
_MODULES = {
    "alarms_quiet": "alarms",
    "burst": "burst",
    "compare": "compare",
    "http": "http",
    "image_scan": "image_scan",
    "image_signature": "image_signature",
    "python": "own",
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
