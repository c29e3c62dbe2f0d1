"""A rehearsal that is kept running, as others on this machine find it.

``build/rehearsal/kept.json`` says how to reach it. Whoever keeps it holds a lock on that file, and
the kernel lets go of the lock however the keeper ends: a file that nobody holds is left over.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from slipway.rehearsal.connection import Account, Connection
from slipway.rehearsal.environment import ENVIRONMENT
from slipway.rehearsal.errors import NotKeptError, RehearsalError

__all__ = ["ENVIRONMENT", "Keeper", "Kept", "find", "keeper", "of_this_process"]

_HOW_TO_KEEP = "run make rehearse-keep in another terminal"


@dataclass(frozen=True)
class Kept:
    """What ``kept.json`` holds."""

    endpoint: str
    """Of the local AWS: ``http://127.0.0.1:port``."""
    account: str
    region: str
    pid: int
    """The process that keeps it; SIGTERM ends the rehearsal."""
    workspace: str
    """The folder of the settings and services that are deployed."""
    certificate_authority: str
    """A file in PEM: whom to trust, once a load balancer has a listener with TLS."""

    @property
    def connection(self) -> Connection:
        """How to reach it."""
        return Connection(self.endpoint, Account(self.account, self.region))


class Keeper:
    """The right to keep a rehearsal of a checkout: one at a time."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def publish(self, kept: Kept) -> None:
        """Let others find the rehearsal, from now on."""
        self._file.write(json.dumps(asdict(kept), indent=2) + "\n")
        self._file.flush()


@contextmanager
def keeper(project: Path) -> Iterator[Keeper]:
    """Become the one who keeps a rehearsal of this checkout; nothing of that outlives the block.

    Raises
    ------
    RehearsalError
        Somebody keeps one already.
    """
    path = _path(project)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _held(path) as file:
        file.truncate(0)
        try:
            yield Keeper(file)
        finally:
            path.unlink(missing_ok=True)


def find(project: Path) -> Kept:
    """Find the rehearsal that is kept for a checkout.

    Raises
    ------
    NotKeptError
        None is kept, or it is not there yet; says what to do.
    """
    try:
        with _path(project).open(encoding="utf-8") as file:
            if not _is_held(file):
                raise NotKeptError(f"The kept rehearsal has ended: {_HOW_TO_KEEP}")
            text = file.read()
    except FileNotFoundError as error:
        raise NotKeptError(f"No rehearsal is kept: {_HOW_TO_KEEP}") from error
    try:
        return Kept(**json.loads(text))
    except ValueError as error:
        raise NotKeptError(
            "The kept rehearsal is still being deployed: wait until it says so, then try again"
        ) from error


def of_this_process(connection: Connection, workspace: Path, authority: Path) -> Kept:
    """Describe the rehearsal that this process keeps."""
    return Kept(
        endpoint=connection.endpoint,
        account=connection.account.account,
        region=connection.account.region,
        pid=os.getpid(),
        workspace=str(workspace),
        certificate_authority=str(authority),
    )


def _held(path: Path) -> IO[str]:
    """Open the file and hold it.

    Its last keeper may remove it after it was opened here: nobody would find what is in that one.
    """
    while True:
        file = path.open("a", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise RehearsalError(
                "A rehearsal of this checkout is kept already: end it with Ctrl-C where it runs, "
                "or use it"
            ) from error
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        file.close()


def _is_held(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _path(project: Path) -> Path:
    return project / "build" / "rehearsal" / "kept.json"
