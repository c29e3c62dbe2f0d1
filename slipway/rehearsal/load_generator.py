"""The process that sends the load: ``python -m slipway.rehearsal.load_generator``.

The rate is constant whatever the answers are (an open loop), and a latency counts from the moment
at which its request was due: a slow server can't slow its own measurement down. Clients keep their
connections as browsers do, at most six each.

Standard input is the lifeline. A line on it ends the load in order: what is under way is awaited
and recorded. End of file means that the owner is gone, and ends it at once.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import signal
import socket
import ssl
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

REVISION_HEADER = "x-task-revision"
TIMEOUT_SECONDS = 10
_CLIENTS = 10
_CONNECTIONS_OF_A_BROWSER = 6


@dataclass(frozen=True)
class Answer:
    """One request, as its client saw it. A line of the output is one of these in JSON."""

    start: float
    """When it was due, in seconds since 1970."""
    latency_ms: float
    path: str
    status: int | None
    error: str | None
    revision: str | None
    """The task definition's ``family:revision`` that answered, from its header."""
    version: str | None
    """What ``/version`` said; None on other paths."""

    @property
    def failed(self) -> bool:
        """No answer within ten seconds, or one that blames the server."""
        return self.status is None or self.status >= 500


@dataclass(frozen=True)
class _AtOneAddress(AbstractResolver):
    """Finds every name at one address: the names of a rehearsal are in no DNS of this machine."""

    address: str

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=self.address,
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Hold nothing that would have to be let go."""


async def send_load(
    url: str,
    *,
    rate: float,
    paths: Sequence[str],
    requests: int,
    output: TextIO,
    address: str | None = None,
    certificate_authority: Path | None = None,
) -> None:
    """Send requests at a constant rate until told to stop, and write down every answer.

    Parameters
    ----------
    url
        The load balancer: ``http://host:port``, or ``https://…``.
    rate
        Requests a second.
    paths
        Asked for in turn.
    requests
        The most to send.
    output
        Where the answers go, a line each.
    address
        Where the host is; by default where its name leads.
    certificate_authority
        Whom to trust for TLS, in PEM; by default whom this machine trusts.
    """
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _obey_owner, stopped)
    begun, begun_at = time.monotonic(), time.time()
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    trusted = ssl.create_default_context(cafile=certificate_authority)
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as under_way:
        clients = [
            await stack.enter_async_context(
                aiohttp.ClientSession(
                    url,
                    timeout=timeout,
                    connector=aiohttp.TCPConnector(
                        limit=_CONNECTIONS_OF_A_BROWSER,
                        ssl=trusted,
                        resolver=_AtOneAddress(address) if address else None,
                    ),
                )
            )
            for _ in range(_CLIENTS)
        ]
        turns = zip(range(requests), itertools.cycle(paths), itertools.cycle(clients), strict=False)
        for number, path, client in turns:
            due = begun + number / rate
            await _until(due, stopped)
            if stopped.is_set():
                break
            under_way.create_task(_ask(client, path, due, begun_at - begun, output))


async def _ask(
    client: aiohttp.ClientSession, path: str, due: float, epoch: float, output: TextIO
) -> None:
    status = error = revision = version = None
    try:
        async with client.get(path) as response:
            body = await response.read()
        status, revision = response.status, response.headers.get(REVISION_HEADER)
        version = _version_in(body) if path == "/version" else None
    except (aiohttp.ClientError, TimeoutError, OSError) as problem:
        error = f"{type(problem).__name__}: {problem}".rstrip(": ")
    latency_ms = round((time.monotonic() - due) * 1000, 3)
    answer = Answer(round(epoch + due, 6), latency_ms, path, status, error, revision, version)
    output.write(json.dumps(asdict(answer)) + "\n")


def _version_in(body: bytes) -> str | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    return (
        str(document["version"]) if isinstance(document, dict) and "version" in document else None
    )


async def _until(due: float, stopped: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(max(0.0, due - time.monotonic())):
            await stopped.wait()
    except TimeoutError:
        pass


def _obey_owner(stopped: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        os._exit(128 + signal.SIGTERM)
    stopped.set()


def main(arguments: Sequence[str] | None = None) -> int:
    """Send load as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m slipway.rehearsal.load_generator")
    parser.add_argument("--url", required=True)
    parser.add_argument("--address", metavar="IP", help="where the URL's host is")
    parser.add_argument("--certificate-authority", type=Path, metavar="PEM")
    parser.add_argument("--rate", type=float, required=True, metavar="PER_SECOND")
    parser.add_argument("--path", dest="paths", action="append", required=True)
    parser.add_argument("--requests", type=int, required=True, metavar="AT_MOST")
    parser.add_argument("--output", type=Path, required=True, metavar="JSONL")
    options = parser.parse_args(arguments)
    # A terminal's Ctrl-C reaches the whole group. The owner decides when the load ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with options.output.open("w", buffering=1) as output:
        asyncio.run(
            send_load(
                options.url,
                rate=options.rate,
                paths=options.paths,
                requests=options.requests,
                output=output,
                address=options.address,
                certificate_authority=options.certificate_authority,
            )
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
