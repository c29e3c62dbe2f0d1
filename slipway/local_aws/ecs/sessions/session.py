"""One session: a process in a task, and the channel to whoever sits in front of it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import select
import struct
import termios
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from slipway.channel import ERROR, EXIT, INPUT, OUTPUT, SIZE, Channel
from slipway.leash import Leashed
from slipway.local_aws.ecs.sessions.transcript import Destination, Transcript
from slipway.local_aws.tasks import NotRunningError, Task

_TASK_IS_GONE = 137
# As amazon-ssm-agent sets it.
_OF_A_TERMINAL = {"TERM": "xterm-256color"}
_LARGEST_SIDE = 0xFFFF
_FAREWELL_SECONDS = 5.0


class Session:
    """A command to be run in a task.

    Parameters
    ----------
    task, command
        What runs, and where.
    destination
        Where what it shows is kept, if anywhere.
    """

    def __init__(self, task: Task, command: Sequence[str], destination: Destination | None) -> None:
        self.id = f"ecs-execute-command-{secrets.token_hex(9)[:17]}"
        self._task = task
        self._command = command
        self._transcript = Transcript(destination)

    def serve(self, channel: Channel, terminal: dict[str, Any] | None) -> None:
        """Run the command for a client, until one of them ends.

        Parameters
        ----------
        terminal
            The size of the client's window; None where it wants pipes.
        """
        streams = _Streams(terminal)
        try:
            process = self._join(streams)
        except NotRunningError:
            self._end(channel, _TASK_IS_GONE)
            return
        feeder = threading.Thread(target=_feed, args=(channel, process, streams), daemon=True)
        feeder.start()
        try:
            for kind, output in streams.outputs():
                self._transcript.add(output)
                try:
                    channel.send(kind, output)
                except OSError:
                    break  # Nobody is there any more: the feeder stops the process.
            self._end(channel, process.wait())
        finally:
            process.stop()
            self._task.leave(process)
            streams.close()
        self._transcript.write(self.id)
        # The client hangs up first. If we did, with input unread, the exit code might be lost.
        feeder.join(_FAREWELL_SECONDS)

    def _join(self, streams: _Streams) -> Leashed:
        """Start the process; where none starts, nothing is left open."""
        with contextlib.ExitStack() as without_one:
            without_one.callback(os.close, streams.writing)
            without_one.callback(streams.close)
            try:
                process = self._task.join(
                    self._command,
                    stdin=streams.stdin,
                    stdout=streams.stdout,
                    stderr=streams.stderr,
                    terminal=streams.is_terminal,
                    variables=_OF_A_TERMINAL if streams.is_terminal else {},
                )
            finally:
                streams.hand_over()
            without_one.pop_all()
        return process

    def _end(self, channel: Channel, exit_code: int) -> None:
        with contextlib.suppress(OSError):
            channel.send(EXIT, str(exit_code).encode())


class _Streams:
    """A pseudo-terminal, or three pipes, between us and a process."""

    def __init__(self, terminal: dict[str, Any] | None) -> None:
        self.is_terminal = terminal is not None
        if terminal is not None:
            window = _window(terminal)
            ours, its = os.openpty()
            self._reading = {ours: OUTPUT}
            # The feeder's own, to close when it likes.
            self.writing = os.dup(ours)
            self.stdin = self.stdout = self.stderr = its
            fcntl.ioctl(self.writing, termios.TIOCSWINSZ, window)
        else:
            self.stdin, self.writing = os.pipe()
            output, self.stdout = os.pipe()
            errors, self.stderr = os.pipe()
            self._reading = {output: OUTPUT, errors: ERROR}

    def hand_over(self) -> None:
        """Close what the process has by now."""
        for descriptor in {self.stdin, self.stdout, self.stderr}:
            os.close(descriptor)

    def close(self) -> None:
        """Close where its output was read."""
        for descriptor in self._reading:
            os.close(descriptor)

    def outputs(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield what it writes, with the kind of frame, until nobody can write any more."""
        waiting = set(self._reading)
        while waiting:
            ready, _, _ = select.select(waiting, [], [])
            for descriptor in ready:
                try:
                    output = os.read(descriptor, 65536)
                except OSError:
                    output = b""  # EIO: the last who had the terminal is gone.
                if output:
                    yield self._reading[descriptor], output
                else:
                    waiting.discard(descriptor)

    def write(self, data: bytes) -> None:
        """Give it something to read; what it doesn't read any more is dropped."""
        with contextlib.suppress(OSError):
            while data:
                data = data[os.write(self.writing, data) :]

    def end_input(self) -> None:
        """Let it see the end of its input; on a terminal that is a key like any other."""
        if not self.is_terminal:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.writing, inheritable=False)
            os.close(nowhere)

    def resize(self, size: dict[str, Any]) -> None:
        """Tell it the size of its window."""
        window = _window(size)
        if self.is_terminal:
            fcntl.ioctl(self.writing, termios.TIOCSWINSZ, window)


def _window(size: Any) -> bytes:
    """Return the size of a window as a terminal takes it.

    Raises
    ------
    ValueError
        It is no size.
    """
    try:
        rows, columns = (
            min(max(int(size.get(name) or 0), 0), _LARGEST_SIDE) for name in ("rows", "columns")
        )
    except (AttributeError, TypeError) as error:
        raise ValueError("rows and columns are expected") from error
    return struct.pack("HHHH", rows, columns, 0, 0)


def _feed(channel: Channel, process: Leashed, streams: _Streams) -> None:
    """Pass on what the client types; without a client the process ends."""
    try:
        while (frame := channel.receive()) is not None:
            if frame.kind == SIZE:
                streams.resize(frame.values)
            elif frame.kind == INPUT and frame.content:
                streams.write(frame.content)
            elif frame.kind == INPUT:
                streams.end_input()
    except ValueError:
        pass  # It doesn't speak the language: it is treated as if it had left.
    finally:
        os.close(streams.writing)
        process.stop()
