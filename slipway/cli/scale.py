"""``slipway scale``: how many tasks, and between which limits."""

from __future__ import annotations

import sys

from slipway.cli import output
from slipway.operations.scale import Scale, look, scale
from slipway.release import Aws, Target


def show(
    aws: Aws,
    target: Target,
    *,
    tasks: int | None,
    minimum: int | None,
    maximum: int | None,
    as_json: bool,
) -> int:
    """Set what is named, and say how things stand."""
    if (tasks, minimum, maximum) != (None, None, None):
        if scale(aws, target, tasks=tasks, minimum=minimum, maximum=maximum):
            told = (
                f"Set. To keep it, set scaling in services/{target.service}/service.yaml: office "
                "hours and the stack's own changes bring back what stands there"
            )
        else:
            told = f"{target.service} is scaled so already: nothing was to do"
        print(told, file=sys.stderr)
    found = look(aws, target)
    output.show(found, text=text(found), as_json=as_json)
    return 0


def text(found: Scale) -> str:
    """Put it as a person reads it."""
    limits = (
        "none: it does not scale"
        if found.minimum is None
        else f"{found.minimum} to {found.maximum} tasks"
    )
    lines = [
        found.service,
        f"  wanted    {found.desired}",
        f"  running   {found.running}",
        f"  limits    {limits}",
    ]
    if found.suspended:
        lines.append(f"  suspended {', '.join(found.suspended)}")
    lines += [f"  schedule  {each}" for each in found.schedule]
    return "\n".join(lines)
