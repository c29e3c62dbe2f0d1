"""What only one process of this machine may do at a time: the others wait for their turn."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def one_at_a_time(file: Path, *, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Do something as the only process that does it.

    The kernel drops the lock with its process, whatever ends that one.

    Parameters
    ----------
    file
        What is locked: a file of this purpose alone, in a folder that is there. It stays.
    waiting
        Called once where another process has to end first.
    """
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
