"""A child process that cannot outlive its owner.

``python -m slipway.leash [--grace SECONDS] -- COMMAND...`` runs a command whose life hangs on
standard input: the owner keeps the writing end of that pipe open, and the kernel closes it when the
owner ends in any way, SIGKILL included. From Python, `Leashed` does both sides.

It imports the standard library only and also runs by file path, so that starting it costs a few
milliseconds and needs nothing installed.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import fcntl
import os
import select
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Any, Self

GRACE = timedelta(seconds=3)

_FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_REAPING_TIME = timedelta(seconds=2)
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


class Leashed:
    """A command on a leash, as its owner sees it.

    Leaving the ``with`` block stops the command together with everything that it started. So does
    the end of the owner, however it comes.

    Parameters
    ----------
    command
        The argument vector; its first item is looked up on ``PATH``.
    grace
        The time between SIGTERM and SIGKILL.
    cwd, env, stdout, stderr
        As in `subprocess.Popen`.
    stdin
        A file descriptor that the command reads from; ``/dev/null`` where it is none.
    terminal
        Whether `stdin` is a terminal that becomes the command's own: Ctrl-C there reaches it.
    """

    def __init__(
        self,
        command: Sequence[str | os.PathLike[str]],
        *,
        grace: timedelta = GRACE,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        stdout: int | IO[Any] | None = None,
        stderr: int | IO[Any] | None = None,
        stdin: int | None = None,
        terminal: bool = False,
    ) -> None:
        self._grace = grace
        # -I and -S: neither the environment nor site-packages can slow the leash down or break it.
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", str(Path(__file__).resolve())),
                *("--grace", str(grace.total_seconds())),
                *(() if stdin is None else ("--input", str(stdin))),
                *(("--terminal",) if terminal else ()),
                "--",
                *(os.fspath(argument) for argument in command),
            ],
            cwd=cwd,
            env=env,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            pass_fds=() if stdin is None else (stdin,),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        for output in (self._process.stdout, self._process.stderr):
            if output is not None:
                output.close()

    @property
    def pid(self) -> int:
        """The process id of the leash; the command has another one."""
        return self._process.pid

    @property
    def stdout(self) -> IO[bytes] | None:
        """The command's standard output, where ``stdout=subprocess.PIPE`` was asked for."""
        return self._process.stdout

    @property
    def stderr(self) -> IO[bytes] | None:
        """The command's standard error, where ``stderr=subprocess.PIPE`` was asked for."""
        return self._process.stderr

    def poll(self) -> int | None:
        """Return the command's exit code, or None while it runs."""
        return self._process.poll()

    def wait(self, timeout: timedelta | None = None) -> int:
        """Wait for the command to end by itself.

        Returns
        -------
        int
            Its exit code; 128 + n where signal n ended it, as in a shell.

        Raises
        ------
        subprocess.TimeoutExpired
            It still runs after `timeout`.
        """
        return self._process.wait(None if timeout is None else timeout.total_seconds())

    def stop(self, timeout: timedelta | None = None) -> int:
        """End the command: SIGTERM to its process group, SIGKILL after the grace.

        Parameters
        ----------
        timeout
            How long to wait before the leash itself is killed, which takes the command along at
            once; by default the grace and the time to clean up after it.
        """
        assert self._process.stdin is not None  # noqa: S101 - it was asked for as a pipe
        # Nothing is ever written, so there is nothing to flush that a closed pipe could refuse.
        self._process.stdin.close()
        patience = self._grace + 2 * _REAPING_TIME if timeout is None else timeout
        try:
            return self.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def stop_when_orphaned(parent_pid: int, interval: timedelta = timedelta(milliseconds=200)) -> None:
    """Send ourselves SIGTERM as soon as the parent process is gone.

    For a process that somebody else started without a lifeline: ``make`` that is killed with
    SIGKILL tells its children nothing.

    Parameters
    ----------
    parent_pid
        The parent, as it knows itself: one that is gone already counts as well.
    interval
        How often to look.
    """

    def watch() -> None:
        while os.getppid() == parent_pid:
            time.sleep(interval.total_seconds())
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="stop-when-orphaned", daemon=True).start()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command until it ends or standard input does, and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m slipway.leash", description=__doc__)
    parser.add_argument("--grace", type=float, default=GRACE.total_seconds(), metavar="SECONDS")
    parser.add_argument("--input", type=int, metavar="DESCRIPTOR", default=subprocess.DEVNULL)
    parser.add_argument("--terminal", action="store_true")
    parser.add_argument("command", nargs="+", metavar="COMMAND")
    options = parser.parse_args(arguments)
    try:
        return _Leash(
            options.command,
            grace=timedelta(seconds=options.grace),
            stdin=options.input,
            terminal=options.terminal,
        ).hold()
    except FileNotFoundError as error:
        print(f"leash: {error.filename}: no such command or directory", file=sys.stderr)
        return 127
    except PermissionError as error:
        print(f"leash: {error.filename}: not executable", file=sys.stderr)
        return 126


class _Leash:
    """The leash's own process: one thread, asleep until a signal, a death or the owner's end."""

    def __init__(
        self, command: Sequence[str], *, grace: timedelta, stdin: int, terminal: bool
    ) -> None:
        self._grace = grace
        self._deadline: float | None = None
        self._exit_code: int | None = None
        self._received: list[int] = []
        # Before the child exists: no signal may find us without a way to pass it on.
        self._wakeup = _wake_up_on((*_FORWARDED, signal.SIGCHLD), self._receive)
        # Orphans of the command become our children, even those that left its process group.
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        self._child = subprocess.Popen(
            command,
            stdin=stdin,
            start_new_session=True,
            # Safe: this process has one thread. And needed: the kernel ties the signal to the
            # *thread* that forked (prctl(2), PR_SET_PDEATHSIG), so that must be the main thread.
            preexec_fn=_prepare(os.getpid(), terminal=terminal),
        )
        self._group = self._child.pid
        if stdin >= 0:
            os.close(stdin)  # Whoever writes to it shall notice that the command reads no more.

    def hold(self) -> int:
        """Wait, forward, stop; return the exit code."""
        awaited = [self._wakeup, sys.stdin.fileno()]
        while self._reap() and not (self._exit_code is not None and self._deadline is None):
            ready, _, _ = select.select(awaited, [], [], self._patience())
            if self._deadline is not None and time.monotonic() >= self._deadline:
                break
            if self._wakeup in ready:
                os.read(self._wakeup, 4096)
            if sys.stdin.fileno() in ready and not os.read(sys.stdin.fileno(), 4096):
                awaited.remove(sys.stdin.fileno())
                self._stop(signal.SIGTERM)
            while self._received:
                self._stop(self._received.pop(0))
        self._kill_leftovers()
        code = -signal.SIGKILL if self._exit_code is None else self._exit_code
        return code if code >= 0 else 128 - code

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self._received.append(number)

    def _patience(self) -> float | None:
        if self._deadline is None:
            return None
        return max(0.0, self._deadline - time.monotonic())

    def _stop(self, number: int) -> None:
        if self._deadline is None:
            self._deadline = time.monotonic() + self._grace.total_seconds()
        self._signal_group(number)

    def _signal_group(self, number: int) -> None:
        # macOS answers EPERM for a group of zombies.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._group, number)

    def _reap(self) -> bool:
        """Collect the dead; return whether anything is still alive."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self._child.pid:
                self._exit_code = self._child.returncode = os.waitstatus_to_exitcode(status)

    def _kill_leftovers(self) -> None:
        deadline = time.monotonic() + _REAPING_TIME.total_seconds()
        self._signal_group(signal.SIGKILL)
        while self._reap() and time.monotonic() < deadline:
            # Each round reaches one generation deeper: what a killed process leaves behind
            # becomes our child.
            for pid in _children():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)


def _wake_up_on(signals: Sequence[int], handler: Callable[[int, FrameType | None], None]) -> int:
    """Return a file descriptor that becomes readable whenever one of the signals arrives."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in signals:
        signal.signal(number, handler)
    return reading


def _prepare(parent_pid: int, *, terminal: bool) -> Callable[[], None]:
    """Make the function that a forked child calls to be killed together with its parent."""

    def tie() -> None:
        if terminal:  # The session is its own already; its terminal is to be that of its input.
            fcntl.ioctl(sys.stdin.fileno(), termios.TIOCSCTTY, 0)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:  # It died before the line above took effect.
            os.kill(os.getpid(), signal.SIGKILL)

    return tie


_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _prctl(option: int, value: int) -> None:
    if _libc is not None:
        _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0)


def _children() -> Iterator[int]:
    """Yield the ids of this process's children, where /proc tells them."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The command's name stands in parentheses and may itself hold any character.
            parent = stat.read_text(errors="replace").rpartition(")")[2].split()[1]
            if int(parent) == os.getpid():
                yield int(stat.parent.name)


if __name__ == "__main__":
    sys.exit(main())
