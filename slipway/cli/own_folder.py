"""A folder that no other process writes to, or takes away, for as long as this one lives."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

from slipway.rehearsal.one_at_a_time import one_at_a_time

_IN_USE = "in-use.lock"

# Until the process ends: the kernel then drops the locks, whatever has ended it.
_held: list[IO[str]] = []


def own_folder(base: Path) -> Path:
    """Make a folder below `base`, and remove those of processes that have ended.

    So what the last command has written stays for people to look at until the next one comes.
    """
    base.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(base / ".lock"):
        for other in base.iterdir():
            if other.is_dir() and not _is_in_use(other):
                shutil.rmtree(other, ignore_errors=True)
        own = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=base))
        # Not with a block: it's open for as long as the process lives.
        lock = (own / _IN_USE).open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        _held.append(lock)
    return own


def _is_in_use(folder: Path) -> bool:
    try:
        with (folder / _IN_USE).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
