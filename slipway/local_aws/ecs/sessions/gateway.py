"""Where clients come for the sessions that they were promised."""

from __future__ import annotations

import contextlib
import logging
import secrets
import socket
import threading
import time
from typing import Any

from slipway.channel import OPEN, SCHEME, Channel, Frame
from slipway.local_aws.ecs.sessions.session import Session

logger = logging.getLogger("slipway.local_aws.ecs.sessions")

_VALID_SECONDS = 60.0
_INTRODUCTION_SECONDS = 10.0


class Gateway:
    """A socket on loopback. Whoever has a session's token, and comes in time, gets the session."""

    def __init__(self) -> None:
        self._expected: dict[str, tuple[str, float, Session]] = {}
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None

    def expect(self, session: Session) -> dict[str, Any]:
        """Return the ``session`` of ExecuteCommand's answer."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            now = time.monotonic()
            self._expected = {id_: each for id_, each in self._expected.items() if each[1] > now}
            self._expected[session.id] = (token, now + _VALID_SECONDS, session)
            host, port = self._open().getsockname()
        return {
            "sessionId": session.id,
            "streamUrl": f"{SCHEME}://{host}:{port}/{session.id}",
            "tokenValue": token,
        }

    def close(self) -> None:
        """Take nobody any more; sessions end with their tasks."""
        with self._lock:
            if self._listener is not None:
                # Closed alone, it would go on for a thread that waits for somebody.
                with contextlib.suppress(OSError):
                    self._listener.shutdown(socket.SHUT_RDWR)
                self._listener.close()

    def _open(self) -> socket.socket:
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", 0))
            threading.Thread(
                target=self._take, args=(self._listener,), name="sessions", daemon=True
            ).start()
        return self._listener

    def _take(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(
                target=self._serve, args=(connection,), name="session", daemon=True
            ).start()

    def _serve(self, connection: socket.socket) -> None:
        channel = Channel(connection)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(_INTRODUCTION_SECONDS)
            session, terminal = self._introduction(channel.receive())
            if session is not None:
                connection.settimeout(None)
                session.serve(channel, terminal)
        except Exception:
            logger.exception("a session has failed")
        finally:
            channel.close()

    def _introduction(self, frame: Frame | None) -> tuple[Session | None, dict[str, Any] | None]:
        """Find the session that a client comes for; a wrong token leaves it to the right one."""
        if frame is None or frame.kind != OPEN:
            return None, None
        try:
            said = frame.values
        except ValueError:
            return None, None
        with self._lock:
            token, until, session = self._expected.get(str(said.get("session")), ("", 0.0, None))
            known = secrets.compare_digest(token, str(said.get("token")))
            if session is None or not known or time.monotonic() > until:
                return None, None
            del self._expected[session.id]
        return session, said.get("terminal")
