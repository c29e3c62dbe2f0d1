"""The load balancers' data plane: sockets, health checks and forwarding, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Iterable, Mapping

from slipway.local_aws.load_balancer.exchange import (
    MAXIMUM_HEAD_BYTES,
    MalformedMessageError,
    encode_head,
    read_head,
)
from slipway.local_aws.load_balancer.metrics import RequestMetrics
from slipway.local_aws.load_balancer.proxy import Proxy
from slipway.local_aws.load_balancer.routing import ConditionMatcher, Listener
from slipway.local_aws.load_balancer.targets import CheckResult, HealthCheck, Target, TargetGroup

logger = logging.getLogger(__name__)

# The loop opens and closes at once, as soon as this machine lets it.
_PATIENCE_SECONDS = 60.0


class DataPlane:
    """Serves every listener of this AWS.

    The control plane (MiniStack's thread) hands over listeners and target groups whole; requests
    that are under way finish under the rules they started with.
    """

    def __init__(self, matches: ConditionMatcher) -> None:
        self.metrics = RequestMetrics()
        self.target_groups: dict[str, TargetGroup] = {}
        self._listeners: dict[str, Listener] = {}
        self._servers: dict[str, asyncio.Server] = {}
        self._clients: dict[str, set[asyncio.StreamWriter]] = {}
        self._checks: set[asyncio.Task[None]] = set()
        self._proxy = Proxy(self.target_groups, matches, self.metrics)
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._run, name="load balancer", daemon=True).start()

    def set_listeners(self, listeners: Mapping[str, Listener]) -> None:
        """Serve by these rules from now on; the sockets are opened and closed separately."""
        self._listeners = dict(listeners)

    def open(self, listener_arn: str, listening: socket.socket, tls: ssl.SSLContext | None) -> None:
        """Accept connections for a listener on its socket."""
        opening = self._open(listener_arn, listening, tls)
        asyncio.run_coroutine_threadsafe(opening, self._loop).result(_PATIENCE_SECONDS)

    def close(self, listener_arn: str) -> None:
        """Close a listener's socket and its clients' connections."""
        asyncio.run_coroutine_threadsafe(self._close(listener_arn), self._loop).result(
            _PATIENCE_SECONDS
        )

    def start_checks(self, group: TargetGroup, targets: Iterable[Target]) -> None:
        """Check the health of targets from now on, until they are gone."""
        for target in targets:
            self._loop.call_soon_threadsafe(self._start_check, group, target)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _open(self, arn: str, listening: socket.socket, tls: ssl.SSLContext | None) -> None:
        clients = self._clients.setdefault(arn, set())

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            clients.add(writer)
            try:
                await self._proxy.serve(lambda: self._listeners.get(arn), reader, writer)
            except MalformedMessageError as error:
                logger.info("malformed message: %s", error)
                with contextlib.suppress(OSError):
                    writer.write(encode_head("HTTP/1.1 400 Bad Request", [("Content-Length", "0")]))
            except Exception:
                logger.exception("a connection of %s failed", arn)
            finally:
                clients.discard(writer)
                writer.close()

        self._servers[arn] = await asyncio.start_server(
            serve, sock=listening, limit=MAXIMUM_HEAD_BYTES, ssl=tls
        )

    async def _close(self, arn: str) -> None:
        server = self._servers.pop(arn, None)
        if server is None:
            return
        server.close()
        for writer in self._clients.pop(arn, set()):
            writer.close()

    def _start_check(self, group: TargetGroup, target: Target) -> None:
        task = self._loop.create_task(self._keep_checking(group, target))
        self._checks.add(task)
        task.add_done_callback(self._checks.discard)

    async def _keep_checking(self, group: TargetGroup, target: Target) -> None:
        while group.targets.get((target.id, target.port)) is target:
            if group.in_use and not target.draining and group.check_enabled:
                target.observe(await _check(group.check, target), group.check)
            elif target.draining:
                group.current()  # forgets it once its draining is over
            await asyncio.sleep(group.check.interval_seconds)
        for connection in target.idle_connections:
            connection.close()


async def _check(check: HealthCheck, target: Target) -> CheckResult:
    """Ask a target once, over a connection of its own, as the load balancer's checks do."""
    port = check.port or target.port
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(check.timeout_seconds):
            reader, writer = await asyncio.open_connection(target.id, port)
            headers = [
                ("Host", f"{target.id}:{port}"),
                ("Connection", "close"),
                ("User-Agent", "ELB-HealthChecker/2.0"),
            ]
            writer.write(encode_head(f"GET {check.path} HTTP/1.1", headers))
            response = await read_head(reader)
            return CheckResult.of_status(check, int(response.start[1]))
    except TimeoutError:
        return CheckResult.timed_out()
    except (OSError, EOFError, ValueError, MalformedMessageError):
        return CheckResult.refused()
    finally:
        if writer is not None:
            writer.close()
