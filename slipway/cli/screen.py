"""Where a person follows a release: a live view in a terminal, plain lines anywhere else."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.text import Text

from slipway.cli.interruption import say
from slipway.cli.live_view import Moment, render

_REDRAW_SECONDS = 0.25


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
    console = Console(stderr=True, highlight=False)
    if console.is_dumb_terminal or not console.encoding.startswith("utf"):
        # It can't move the cursor, or has no signs for what the view shows.
        yield Lines()
        return
    terminal = _Terminal(console)
    terminal.open()
    try:
        yield terminal
    finally:
        terminal.close()


class _Terminal:
    """Redraws the view in place, several times a second, for its clocks.

    Whoever closes the terminal closes nothing else.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._moment: Moment | None = None
        # Rich's own thread and a print at the same time may take the view's height for another
        # than it is, and leave a part of it behind: here, one of them writes at a time.
        self._live = Live(console=console, get_renderable=self._drawn, auto_refresh=False)
        self._writing = threading.RLock()
        self._over = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="view", daemon=True)

    def open(self) -> None:
        with contextlib.suppress(OSError):
            self._live.start()
        self._ticker.start()

    def close(self) -> None:
        """Leave the last view where it is."""
        self._over.set()
        self._ticker.join()
        with contextlib.suppress(OSError):
            self._live.stop()

    def tell(self, line: str) -> None:
        """Print a line above the view."""
        with contextlib.suppress(OSError), self._writing:
            self._console.print(Text(line))

    def show(self, moment: Moment) -> None:
        """Show how things stand from now on."""
        with self._writing:
            self._moment = moment

    def _tick(self) -> None:
        while not self._over.wait(_REDRAW_SECONDS):
            with contextlib.suppress(OSError), self._writing:
                self._live.refresh()

    def _drawn(self) -> Text:
        """Draw the view for the terminal's size, at this second."""
        if self._moment is None:
            return Text()
        width, height = self._console.size
        # The row below the view holds the cursor.
        return render(replace(self._moment, now=datetime.now(UTC)), width, height - 1)
