"""Artifacts of an execution in words: which action made one, how large it is, who took it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from slipway.page import elements
from slipway.rehearsal.pipeline.report import Action, Artifact, Execution

_UNITS = ("bytes", "kB", "MB", "GB")


def of(action: Action, execution: Execution) -> Iterator[str]:
    """Say what an action took and from whom, and what it made."""
    makers = _makers(execution)
    for artifact in action.inputs:
        maker = makers.get(artifact.name)
        origin = f" from {escape(maker)}" if maker else ""
        yield f"takes <b>{escape(artifact.name)}</b>{origin}"
    for artifact in action.outputs:
        yield f"makes <b>{escape(artifact.name)}</b>, {size(artifact)}"


def table(execution: Execution) -> str:
    """Return a table of all artifacts of an execution, in the order in which they were made."""
    takers: dict[str, dict[str, None]] = {}
    made: dict[str, tuple[Artifact, str]] = {}
    for action in _actions(execution):
        for artifact in action.inputs:
            takers.setdefault(artifact.name, {})[action.name] = None
        for artifact in action.outputs:
            made[artifact.name] = (artifact, action.name)
    largest = max((artifact.size or 0 for artifact, _ in made.values()), default=0) or 1
    rows = [
        (
            f"<b>{escape(name)}</b>",
            escape(maker),
            f'{size(artifact)}<i class="size" '
            f'style="width:{100 * (artifact.size or 0) / largest:.1f}%"></i>',
            escape(", ".join(takers.get(name, {}))) or '<span class="muted">nobody</span>',
        )
        for name, (artifact, maker) in made.items()
    ]
    if not rows:
        return elements.NOTHING
    return elements.table(("artifact", "made by", "size", "taken by"), rows)


def size(artifact: Artifact) -> str:
    """Say how large it is."""
    if artifact.size is None:
        return "size unknown"
    amount, unit = float(artifact.size), _UNITS[0]
    for unit in _UNITS:
        if amount < 1000 or unit == _UNITS[-1]:
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == _UNITS[0] or amount >= 100 else f"{amount:.1f} {unit}"


def _makers(execution: Execution) -> dict[str, str]:
    return {
        artifact.name: action.name for action in _actions(execution) for artifact in action.outputs
    }


def _actions(execution: Execution) -> Iterator[Action]:
    for stage in execution.stages:
        yield from stage.actions
