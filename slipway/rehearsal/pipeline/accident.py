"""An accident: the machine of a build goes, in the middle of its work."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from slipway.rehearsal.errors import RehearsalError

_TO_BEGIN = timedelta(minutes=1)
_LOOK = timedelta(seconds=0.05)


def kill_build(cloud: int, build: str, *, within: timedelta = _TO_BEGIN) -> None:
    """Kill the processes of a build, without a word to anybody.

    Parameters
    ----------
    cloud
        The process of the local AWS: nothing but what came of it is killed.
    build
        The build's id: ``project:uuid``.
    within
        How long to wait for a process of it: a build fetches its source first.

    Raises
    ------
    RehearsalError
        No process works for it.
    """
    deadline = time.monotonic() + within.total_seconds()
    while not _kill_processes(cloud, f"CODEBUILD_BUILD_ID={build}".encode()):
        if time.monotonic() > deadline:
            raise RehearsalError(f"no process works for the build {build}: it can't be killed")
        time.sleep(_LOOK.total_seconds())


def _kill_processes(root: int, variable: bytes) -> bool:
    """Kill what came of a process and has a variable, and tell whether there was anything."""
    killed = False
    for process in _descendants(root):
        with contextlib.suppress(OSError):
            if variable in Path(f"/proc/{process}/environ").read_bytes().split(b"\0"):
                os.kill(process, signal.SIGKILL)
                killed = True
    return killed


def _descendants(root: int) -> Iterator[int]:
    """Yield what came of a process, children before their own."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The command's name stands in parentheses and may itself hold any character.
            parent = stat.read_text(errors="replace").rpartition(")")[2].split()[1]
            children.setdefault(int(parent), []).append(int(stat.parent.name))
    waiting = list(children.get(root, ()))
    while waiting:
        process = waiting.pop(0)
        yield process
        waiting += children.get(process, ())
