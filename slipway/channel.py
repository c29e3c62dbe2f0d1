"""The channel of a session in a task: how the local AWS and whoever sits there talk.

On AWS a session is a web socket of Systems Manager, which ``session-manager-plugin`` speaks. This
is what the local AWS has instead: a connection over loopback, on which frames go both ways. The
client begins with `OPEN`; the other side ends with `EXIT`. A connection that breaks off ends the
command.

It imports the standard library only.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from typing import Any, NamedTuple

OPEN = b"o"
"""From the client, first: JSON with ``session``, ``token`` and ``terminal``, which is null or has
``rows`` and ``columns``."""
INPUT = b"i"
"""From the client: what the command reads; empty at its end."""
SIZE = b"w"
"""From the client: JSON with ``rows`` and ``columns``, when its window has changed."""
OUTPUT = b"1"
"""To the client: what the command writes to standard output, or to its terminal."""
ERROR = b"2"
"""To the client: what the command writes to standard error."""
EXIT = b"x"
"""To the client, last: the command's exit code in digits; 128 + n after signal n."""

SCHEME = "local-session"
"""Of the addresses: ``local-session://127.0.0.1:40123/<session>``."""

_HEADER = struct.Struct("!cI")
_LONGEST = 1 << 20


class Frame(NamedTuple):
    """One thing said."""

    kind: bytes
    content: bytes

    @property
    def values(self) -> dict[str, Any]:
        """The content, where it is JSON.

        Raises
        ------
        ValueError
            It is none, or no object.
        """
        read = json.loads(self.content)
        if not isinstance(read, dict):
            raise ValueError("a JSON object is expected")
        return read


class Channel:
    """One end of a connection; several threads may send."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = connection.makefile("rb")
        self._lock = threading.Lock()

    def fileno(self) -> int:
        """Return the descriptor, for `select`."""
        return self._connection.fileno()

    def send(self, kind: bytes, content: bytes | dict[str, Any]) -> None:
        """Send a frame.

        Raises
        ------
        OSError
            The other side is gone.
        """
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        with self._lock:
            self._connection.sendall(_HEADER.pack(kind, len(data)) + data)

    def receive(self) -> Frame | None:
        """Wait for a frame; None once the other side is gone, or doesn't speak this."""
        try:
            header = self._reader.read(_HEADER.size)
            if len(header) < _HEADER.size:
                return None
            kind, length = _HEADER.unpack(header)
            if length > _LONGEST:
                return None
            content = self._reader.read(length)
        except (OSError, ValueError):
            return None
        return Frame(kind, content) if len(content) == length else None

    def close(self) -> None:
        """Hang up, also on a thread that waits."""
        with contextlib.suppress(OSError):  # It may have ended already.
            self._connection.shutdown(socket.SHUT_RDWR)
        self._reader.close()
        self._connection.close()
