"""What a rehearsal says while it happens: one line for each thing, with the time and the phase."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TextIO

_WIDTH = 80
_LABEL = 18


@dataclass
class Narration:
    """Progress for people, at most 80 columns wide."""

    output: TextIO = field(default_factory=lambda: sys.stdout)
    phase_name: str = "set-up"
    _begun: float = field(default_factory=time.monotonic)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Tell what follows under the name of a phase."""
        self.phase_name = name
        yield

    @property
    def elapsed(self) -> timedelta:
        """The time since the beginning."""
        return timedelta(seconds=time.monotonic() - self._begun)

    def tell(self, message: str) -> None:
        """Say one thing; several lines of it stay under one another."""
        minutes, seconds = divmod(int(self.elapsed.total_seconds()), 60)
        label = f"{minutes:2}:{seconds:02}  {self.phase_name:<10}"
        lines = [
            wrapped
            for line in message.splitlines()
            for wrapped in textwrap.wrap(line, _WIDTH - _LABEL, break_on_hyphens=False) or [""]
        ]
        for line in lines:
            print(f"{label:<{_LABEL}}{line}", file=self.output, flush=True)
            label = ""
