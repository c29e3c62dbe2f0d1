"""A session in a task of the rehearsal, from the side of whoever sits there.

The rehearsal has a channel of its own, `slipway.channel`. On AWS ``session-manager-plugin`` does
what is done here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from typing import TextIO
from urllib.parse import urlsplit

from slipway.channel import ERROR, EXIT, INPUT, OPEN, OUTPUT, SCHEME, SIZE, Channel
from slipway.rehearsal.connection import refuse_anything_but_loopback
from slipway.rehearsal.errors import RehearsalError

_CONNECTING_SECONDS = 5.0


def sit_in(stream_url: str, *, session: str, token: str) -> int:
    """Connect this process's standard streams with a session, and return its exit code.

    With a terminal on both sides it is a terminal there, too; otherwise it is three pipes.

    Parameters
    ----------
    stream_url, session, token
        What ExecuteCommand of the local AWS has answered.

    Raises
    ------
    RehearsalError
        There is no such session, or it broke off.
    BrokenPipeError
        Nobody reads our standard output any more; the command is ended.
    """
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    channel = _connect(stream_url)
    try:
        with _raw() if is_terminal else contextlib.nullcontext():
            terminal = _size() if is_terminal else None
            with contextlib.suppress(OSError):  # Who hangs up at once is heard of below.
                channel.send(OPEN, {"session": session, "token": token, "terminal": terminal})
            with _resized(channel) if is_terminal else contextlib.nullcontext():
                threading.Thread(target=_type, args=(channel,), daemon=True).start()
                exit_code = _show(channel)
    finally:
        channel.close()
    if exit_code is None:
        raise RehearsalError(
            "The session broke off: the rehearsal has ended, or refused it. Try again, or see "
            "whether it is still kept"
        )
    return exit_code


def _connect(stream_url: str) -> Channel:
    address = urlsplit(stream_url)
    refuse_anything_but_loopback(stream_url)
    if address.scheme != SCHEME or address.hostname is None or address.port is None:
        raise RehearsalError(f"{stream_url} is no address of the rehearsal's sessions")
    try:
        connection = socket.create_connection(
            (address.hostname, address.port), timeout=_CONNECTING_SECONDS
        )
    except OSError as error:
        raise RehearsalError(
            f"The rehearsal can't be reached ({error}): see whether it is still kept"
        ) from error
    connection.settimeout(None)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Channel(connection)


def _show(channel: Channel) -> int | None:
    """Write what comes to where it belongs; return the exit code, if there is one."""
    while (frame := channel.receive()) is not None:
        if frame.kind == EXIT:
            return int(frame.content)
        if frame.kind in (OUTPUT, ERROR):
            _write_all(sys.stdout if frame.kind == OUTPUT else sys.stderr, frame.content)
    return None


def _write_all(stream: TextIO, data: bytes) -> None:
    descriptor = stream.fileno()
    while data:
        data = data[os.write(descriptor, data) :]


def _type(channel: Channel) -> None:
    """Send what is read from standard input, to its end."""
    with contextlib.suppress(OSError):
        while data := os.read(sys.stdin.fileno(), 65536):
            channel.send(INPUT, data)
        channel.send(INPUT, b"")


def _size() -> dict[str, int]:
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    return {"rows": rows, "columns": columns}


@contextlib.contextmanager
def _raw() -> Iterator[None]:
    """Let every key go to the other side, Ctrl-C as well."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    # What was typed ahead is kept.
    tty.setraw(descriptor, termios.TCSADRAIN)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextlib.contextmanager
def _resized(channel: Channel) -> Iterator[None]:
    """Tell the other side when the window has another size."""

    def tell(*_: object) -> None:
        with contextlib.suppress(OSError):
            channel.send(SIZE, _size())

    before = signal.signal(signal.SIGWINCH, tell)
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)
