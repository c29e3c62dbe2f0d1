"""What must hold after a release, as AWS tells it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from pipeline.releases.files import Rendered
from slipway.release import Aws, Target
from slipway.release.alarms import firing
from slipway.release.content import content
from slipway.release.history import recent
from slipway.release.live import primary_task_set
from slipway.release.scaling import suspended
from slipway.release.target import short
from slipway.release.traffic import production_traffic

# The event of the deployment's end waits for a minute in its queue.
# docs/decisions/0016-scaling-is-resumed-by-events.md
_RESUMED_WITHIN = timedelta(minutes=5)
_INTERVAL = timedelta(seconds=2)
_EVERYTHING = 100


def mistakes(
    aws: Aws,
    target: Target,
    rendered: Rendered,
    *,
    tell: Callable[[str], None],
    resumed_within: timedelta = _RESUMED_WITHIN,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[str]:
    """Name what is wrong, each in a clause; nothing if all is well.

    Parameters
    ----------
    rendered
        What was released.
    tell
        Told in a sentence what was found to be well.
    resumed_within
        How long after the deployment its end may take to resume scaling.

    Raises
    ------
    AwsError
        When AWS refuses or can't be reached.
    """
    wrong = _deployment(aws, target)
    primary = primary_task_set(aws, target)
    if primary is None:
        yield "nothing is live"
        return
    if wrong:
        yield wrong
    images = _images(content(aws, primary["taskDefinition"]))
    for container, image in rendered.images.items():
        if images.get(container) != image:
            yield (
                f"{container} of {short(primary['taskDefinition'])}, which is live, runs "
                f"{_digest(images.get(container))} and not {_digest(image)}"
            )
    yield from _weights(aws, target, primary)
    if alarms := firing(aws, target):
        yield f"{', '.join(sorted(alarms))} fires"
    if resting := _resting(aws, target, resumed_within, sleep):
        yield (
            f"{', '.join(resting)} is still suspended after "
            f"{resumed_within.total_seconds() / 60:g} minutes"
        )
    tell(f"live is {short(primary['taskDefinition'])}: {', '.join(map(_digest, images.values()))}")


def _deployment(aws: Aws, target: Target) -> str | None:
    last = next(recent(aws, target), None)
    if last is None:
        return "no deployment of it is known"
    if last.is_automatic:
        return f"CodeDeploy has rolled it back ({last.id})"
    if last.status != "Succeeded":
        why = f": {last.error_message}" if last.error_message else ""
        return f"the deployment {last.id} is {last.status}{why}".rstrip(".")
    return None


def _weights(aws: Aws, target: Target, primary: dict[str, Any]) -> Iterator[str]:
    share = sum(
        each.traffic_percent for each in production_traffic(aws, target, primary) if each.is_live
    )
    if share != _EVERYTHING:
        yield f"{share:g} % of the production traffic goes to what is live, and not all"


def _resting(
    aws: Aws, target: Target, within: timedelta, sleep: Callable[[float], None]
) -> tuple[str, ...]:
    deadline = time.monotonic() + within.total_seconds()
    while (resting := suspended(aws, target)) and time.monotonic() < deadline:
        sleep(_INTERVAL.total_seconds())
    return resting


def _images(task_definition: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["image"] for each in task_definition["containerDefinitions"]}


def _digest(image: str | None) -> str:
    return image.rpartition("@")[2] if image else "nothing"
