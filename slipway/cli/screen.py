"""Where a person follows a release: a live view in a terminal, plain lines anywhere else."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from slipway.cli.interruption import say
from slipway.cli.live_view import Moment, render


class Screen(Protocol):
    """What is told scrolls by; how things stand replaces what was shown before."""

    def tell(self, line: str) -> None:
        """Print a line that stays."""

    def show(self, moment: Moment) -> None:
        """Show how things stand."""


class Lines:
    """Prints lines, and shows nothing else."""

    def tell(self, line: str) -> None:
        """Print a line that stays."""
        say(line)

    def show(self, moment: Moment) -> None:
        """Leave it to the lines."""


@contextlib.contextmanager
def opened(*, plain: bool) -> Iterator[Screen]:
    """Follow in the terminal that standard error is, or in lines where it is none.

    Parameters
    ----------
    plain
        Lines in any case.
    """
    if plain or not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(stderr=True, highlight=False)
    if console.is_dumb_terminal or not console.encoding.startswith("utf"):
        # It can't move the cursor, or has no signs for what the view shows.
        yield Lines()
        return

    class Terminal:
        """Redraws the view in place, several times a second, for its clocks."""

        def __init__(self) -> None:
            self._moment: Moment | None = None

        def tell(self, line: str) -> None:
            """Print a line above the view."""
            # Rich's clock draws in a thread of its own. Without its lock a line could be placed for
            # a view that is not drawn yet, and would leave the view that is drawn above it.
            with contextlib.suppress(OSError), live._lock:
                live.console.print(Text(line))

        def show(self, moment: Moment) -> None:
            """Show how things stand from now on."""
            self._moment = moment

        def drawn(self) -> Text:
            """Draw the view for the terminal's size, at this second."""
            if self._moment is None:
                return Text()
            width, height = console.size
            # The row below the view holds the cursor.
            return render(replace(self._moment, now=datetime.now(UTC)), width, height - 1)

    terminal = Terminal()
    live = Live(console=console, get_renderable=terminal.drawn, refresh_per_second=4)
    with live:
        yield terminal
