"""What a rehearsal promises, and whether it held."""

from __future__ import annotations

from collections.abc import Callable

from slipway.rehearsal.report import Check


class Checks:
    """The checks of a rehearsal in their order; each is told at once.

    Parameters
    ----------
    tell
        Told each check in a line.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self.made: list[Check] = []

    def check(self, name: str, passed: bool, detail: str = "") -> None:
        """Note whether something held, and what was seen."""
        self.made.append(Check(name, passed, detail))
        self._tell(f"{'ok' if passed else 'FAILED'}: {name}" + f" ({detail})" * bool(detail))

    @property
    def passed(self) -> bool:
        """Whether all of them held."""
        return all(check.passed for check in self.made)
