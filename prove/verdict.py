"""What a proof comes to, and the proofs by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prove.story import Story


class Outcome(StrEnum):
    """What became of an assumption."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does not hold"
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class Verdict:
    """An outcome with its evidence, one line."""

    outcome: Outcome
    evidence: str


def holds(evidence: str) -> Verdict:
    """Tell that what was seen agrees with the assumption."""
    return Verdict(Outcome.HOLDS, evidence)


def does_not_hold(evidence: str) -> Verdict:
    """Tell what was seen that contradicts the assumption."""
    return Verdict(Outcome.DOES_NOT_HOLD, evidence)


def not_tried(why: str) -> Verdict:
    """Tell why nothing was seen that would settle it."""
    return Verdict(Outcome.NOT_TRIED, why)


def verdict(condition: bool, evidence: str) -> Verdict:
    """Hold or not, with the same evidence."""
    return holds(evidence) if condition else does_not_hold(evidence)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What settles some rows of docs/proof/unproven.md.

    Attributes
    ----------
    name
        As docs/proof/unproven.md names it.
    rows
        The rows' numbers.
    after
        The scene after which it looks.
    needs
        What the place must have.
    settle
        Looks at the story, and tells.
    """

    name: str
    rows: tuple[int, ...]
    after: str
    needs: tuple[str, ...]
    settle: Callable[[Story], Verdict]


PROOFS: dict[str, Proof] = {}


def proof(
    *rows: int, after: str, needs: tuple[str, ...] = ()
) -> Callable[[Callable[[Story], Verdict]], Callable[[Story], Verdict]]:
    """Make a function the proof of rows; its name, with hyphens, is the proof's."""

    def register(settle: Callable[[Story], Verdict]) -> Callable[[Story], Verdict]:
        name = settle.__name__.replace("_", "-")
        if name in PROOFS:
            raise ValueError(f"two proofs are called {name}")
        PROOFS[name] = Proof(name=name, rows=rows, after=after, needs=needs, settle=settle)
        return settle

    return register
