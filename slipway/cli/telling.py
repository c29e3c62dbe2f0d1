"""What a long command says while it goes on: on standard error, with the time and the phase."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from datetime import timedelta

from slipway.cli.interruption import say
from slipway.rehearsal.narration import Narration


class Telling:
    """Progress for who follows, who may close the terminal."""

    def __init__(self) -> None:
        self._narration = Narration(output=sys.stderr)

    @property
    def phase(self) -> str:
        """What every line begins with."""
        return self._narration.phase_name

    @phase.setter
    def phase(self, name: str) -> None:
        self._narration.phase_name = name

    @property
    def tell(self) -> Callable[[str], None]:
        """What says one thing."""
        return self._tell

    def show(self, line: str) -> None:
        """Print a line as it is, to be copied."""
        say(line)

    @property
    def elapsed(self) -> timedelta:
        """The time since the beginning."""
        return self._narration.elapsed

    def _tell(self, line: str) -> None:
        with contextlib.suppress(OSError):
            self._narration.tell(line)
