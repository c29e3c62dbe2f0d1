"""A command that can't outlive us, and whose last lines say why it failed."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from slipway.leash import Leashed
from slipway.rehearsal.errors import RehearsalError

_SIGN_OF_LIFE = timedelta(seconds=10)
_LOOK = timedelta(seconds=0.5)


def run_command(
    command: Sequence[str | os.PathLike[str]],
    *,
    name: str,
    title: str,
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
    progress: Callable[[timedelta], None] = lambda _: None,
    look: Callable[[], None] = lambda: None,
) -> None:
    """Run a command and wait for its end.

    Parameters
    ----------
    command
        The argument vector.
    name
        What it is called when it fails: ``cdk deploy``.
    title
        What stands above its output in the log.
    folder
        Where to run it.
    environment
        All that the process knows of its surroundings.
    log
        Where its output is added.
    progress
        Called every few seconds with the time that the command has taken so far.
    look
        Called twice a second; what it raises ends the command.

    Raises
    ------
    RehearsalError
        The command failed; the message holds its last lines and names the log.
    """
    with log.open("a+b") as output:
        output.write(f"\n$ {title}\n".encode())
        output.flush()
        start = output.tell()
        with Leashed(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        ) as process:
            code = _wait(process, progress, look)
        if code:
            output.seek(start)
            raise RehearsalError(
                f"{name} failed with exit code {code}; its whole output is in "
                f"{log}\n{_last_lines(output.read())}"
            )


def _wait(process: Leashed, progress: Callable[[timedelta], None], look: Callable[[], None]) -> int:
    started = told = time.monotonic()
    while True:
        try:
            return process.wait(_LOOK)
        except subprocess.TimeoutExpired:
            look()
        if time.monotonic() - told >= _SIGN_OF_LIFE.total_seconds():
            told = time.monotonic()
            progress(timedelta(seconds=told - started))


def _last_lines(output: bytes, count: int = 15) -> str:
    lines: Sequence[str] = output.decode(errors="replace").rstrip().splitlines()
    return "\n".join(f"  | {line}" for line in lines[-count:])
