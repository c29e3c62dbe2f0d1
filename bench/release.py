"""A release under load, on an AWS on this machine: ``python -m bench.release RESULT``.

The load stays the same all the time. How long clients waited is looked at twice: before anything
happens, and while CodeDeploy moves the traffic.
"""

import json
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from slipway.rehearsal.environment import RehearsedEnvironment
from slipway.rehearsal.load import Load
from slipway.rehearsal.load_generator import Answer
from slipway.rehearsal.releases import Releases, wait_until
from slipway.rehearsal.report import Deployment
from slipway.rehearsal.traffic import percentile

ROOT = Path(__file__).resolve().parent.parent
SERVICE = "storefront"
TASKS = 4
RATE = 200

_WARM_UP = timedelta(seconds=5)
_BEFORE = timedelta(seconds=10)
# The event in which CodeDeploy moves production traffic, step by step.
_SHIFT = "AllowTraffic"


def main() -> int:
    """Measure, and write the figures as JSON."""
    (result,) = sys.argv[1:]
    Path(result).write_text(json.dumps(measure(ROOT)), encoding="utf-8")
    return 0


def measure(project: Path) -> dict[str, Any]:
    """Release the next version of a service with `TASKS` tasks under `RATE` requests a second.

    Returns
    -------
    dict
        As `figures` makes it.

    Raises
    ------
    RehearsalError, ReleaseError
        There was nothing to measure.
    """
    with RehearsedEnvironment(project) as environment:
        workspace, name = environment.workspace, environment.name
        # As many tasks on each side, and no headroom.
        for key, value in (("min", TASKS), ("headroom_percent", 0)):
            scaling = f"environments.{name}.scaling.{key}"
            workspace.set(f"services/{SERVICE}/service.yaml", scaling, value)
        workspace.set(f"environments/{name}.lock.yaml", f"services.{SERVICE}.desired_count", TASKS)
        environment.come_up()
        output = environment.folders.run / "traffic.jsonl"
        with Load(environment.address(SERVICE), output, rate=RATE) as load:
            wait_until(
                lambda: bool(load.snapshot().versions),
                f"{SERVICE} did not answer: see {environment.cloud.log}",
            )
            time.sleep((_WARM_UP + _BEFORE).total_seconds())
            prepared_at = time.time()
            version = f"services/{SERVICE}/{SERVICE}/__init__.py"
            workspace.edit(version, '__version__ = "1"', '__version__ = "2"')
            deployment = Releases(environment, lambda _: None).release(SERVICE, load, "version 2")
            load.stop()
        answers = [Answer(**json.loads(line)) for line in output.read_text().splitlines()]
    return figures(deployment, answers, prepared_at)


def figures(
    deployment: Deployment, answers: Sequence[Answer], prepared_at: float
) -> dict[str, Any]:
    """Sum up a release under load.

    Parameters
    ----------
    deployment
        What was released.
    answers
        Every request from the beginning of the load to its end.
    prepared_at
        When the release began to be prepared, in seconds since 1970.

    Returns
    -------
    dict
        ``status`` of the deployment, ``requests`` and ``failed`` of the whole load,
        ``p99_ms`` with the latencies ``before`` and during the ``shift``, and their ``ratio``.

    Raises
    ------
    ValueError
        Traffic never shifted, or nobody asked meanwhile.
    """
    shift = next(event for event in deployment.events if event.name == _SHIFT)
    if shift.started_at is None or shift.ended_at is None:
        raise ValueError(
            f"{deployment.id} {deployment.status.lower()} before any traffic moved: "
            f"{deployment.message or 'it has no message'}"
        )
    before = _p99(answers, prepared_at - _BEFORE.total_seconds(), prepared_at)
    during = _p99(answers, shift.started_at.timestamp(), shift.ended_at.timestamp())
    return {
        "status": deployment.status,
        "requests": len(answers),
        "failed": sum(answer.failed for answer in answers),
        "p99_ms": {"before": before, "shift": during},
        "ratio": during / before,
    }


def _p99(answers: Sequence[Answer], begin: float, end: float) -> float:
    latencies = sorted(each.latency_ms for each in answers if begin <= each.start < end)
    if not latencies:
        raise ValueError(f"no request was due in the {end - begin:.1f} s that are looked at")
    return percentile(latencies, 99) / timedelta(milliseconds=1)


if __name__ == "__main__":
    sys.exit(main())
