"""How a difference reads, for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from slipway.changes import MUST_STAY, Change, Effect, takes_away
from slipway.preview.difference import Difference

_WIDTH = 80
_INDENT = " " * 14
_TOLD = {
    Effect.REFUSE: "refused",
    Effect.REPLACE: "replaced",
    Effect.REMOVE: "removed",
    Effect.MAY_REPLACE: "maybe replaced",
    Effect.INTERRUPT: "interrupted",
    Effect.UPDATE: "updated",
    Effect.ADD: "added",
}


def text(found: Difference) -> str:
    """Put it as a person reads it, the worst first, in 80 columns."""
    lines = []
    for name, changes in found.stacks.items():
        if name in found.new_stacks:
            lines.append(f"{name}: new, resources: {len(changes)}")
        elif not changes:
            lines.append(f"{name}: no change")
        else:
            lines += ["", name, *(line for each in changes for line in _lines(each)), ""]
    return "\n".join([*lines, "", _summary(found)]).strip().replace("\n\n\n", "\n\n")


def counted(found: Difference) -> str:
    """Count what would become of what is deployed, the worst first: ``1 replaced, 2 updated``."""
    counts = found.counts
    return ", ".join(f"{counts[each]} {_TOLD[each]}" for each in Effect if counts[each])


def _lines(change: Change) -> Iterator[str]:
    what = change.type.removeprefix("AWS::")
    if change.properties:
        what += f": {', '.join(change.properties)}"
    details = [what, *change.notes]
    if takes_away(change):
        why = MUST_STAY.get(change.type)
        details.append(f"must stay: {why}" if why else "the deployment fails, and is rolled back")
    yield f"  {change.effect.value:<11} {change.path}"
    for each in details:
        yield from textwrap.wrap(
            each, _WIDTH, initial_indent=_INDENT, subsequent_indent=f"{_INDENT}  "
        )


def _summary(found: Difference) -> str:
    told = counted(found)
    if not told:
        return "Nothing that is deployed would change."
    return f"{told}.\nWhat must stay and would go: {len(found.taken) or 'nothing'}."
