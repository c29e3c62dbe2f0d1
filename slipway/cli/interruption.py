"""What stops a command: Ctrl-C, an end by the system, a closed terminal."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StoppedError(BaseException):
    """A signal asked the command to stop; nothing that catches an error of ours catches it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number
        """As a shell has it."""
        self.signal = signal.Signals(number).name
        """Such as ``SIGTERM``."""


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Let a signal end the block with `StoppedError`, so that it can say how things stand.

    Once is enough: until the block is left, and what it started is cleaned up, a further signal is
    ignored. Who has started the command with nohup wants it to outlive the terminal, and it does.
    """
    before = {
        number: signal.signal(number, _stop)
        for number in _STOPPING
        if not (number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let a signal wait until the block is done: what it does is known by then.

    Not by a mask of signals: that is one thread's, and the kernel gives a signal to any other.
    """
    came: list[int] = []

    def wait(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    before = {
        number: signal.signal(number, wait)
        for number in _STOPPING
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for each in came[:1]:
            signal.raise_signal(each)


def say(line: str) -> None:
    """Print for the person who follows, who may have closed the terminal."""
    with contextlib.suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def _stop(number: int, _frame: FrameType | None) -> None:
    for each in _STOPPING:
        signal.signal(each, signal.SIG_IGN)
    raise StoppedError(number)
