"""One client connection of a listener: requests in, forwarded by the rules, responses out."""

from __future__ import annotations

import asyncio
import contextlib
import http
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from slipway.local_aws.load_balancer.exchange import (
    MAXIMUM_HEAD_BYTES,
    Head,
    Headers,
    MalformedMessageError,
    copy_bytes,
    copy_chunks,
    copy_until_closed,
    encode_head,
    read_head,
)
from slipway.local_aws.load_balancer.metrics import RequestMetrics
from slipway.local_aws.load_balancer.routing import (
    ConditionMatcher,
    Listener,
    Record,
    Request,
    action_for,
    choose_target_group,
    forward_weights,
    redirect_location,
)
from slipway.local_aws.load_balancer.targets import Target, TargetGroup

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_SECONDS = 10.0
_REPEATABLE = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"}
_KEPT_FOR_REPEATING_BYTES = 1024 * 1024
_CONNECTION_LOST = (ConnectionError, asyncio.IncompleteReadError, BrokenPipeError)


@dataclass
class _Connection:
    """A connection to a target; a reused one may have been closed by the target meanwhile."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    reused: bool = False
    idle_since: float = 0.0

    def close(self) -> None:
        self.writer.close()


class _TargetDidNotAnswerError(Exception):
    """The target gave no response: the client gets this status from the load balancer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Proxy:
    """Forwards requests as an Application Load Balancer does, HTTP/1.1 on both sides.

    Connections to targets are kept and used again. A target may close one at the very moment it
    is used: where not a byte of the response came, a repeatable request goes out once more over
    another connection, and a request that must not be repeated always has one of its own.
    """

    def __init__(
        self,
        target_groups: Mapping[str, TargetGroup],
        matches: ConditionMatcher,
        metrics: RequestMetrics,
    ) -> None:
        self._target_groups = target_groups
        self._matches = matches
        self._metrics = metrics

    async def serve(
        self,
        listener: Callable[[], Listener | None],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Serve a client until it closes, or its listener does.

        ``listener`` is asked anew for each request: rules change while clients stay connected.
        """
        with contextlib.suppress(*_CONNECTION_LOST, TimeoutError):
            while (current := listener()) is not None:
                head = await asyncio.wait_for(read_head(reader), current.idle_timeout_seconds)
                if not await self._answer(current, head, reader, writer):
                    break
        writer.close()

    async def _answer(
        self,
        listener: Listener,
        head: Head,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        """Answer one request; tell whether the connection may go on."""
        method, uri, version = head.start
        path, _, query = uri.partition("?")
        request = Request(
            method, path, query, {name.lower(): value for name, value in head.headers}
        )
        stays = version == "HTTP/1.1" and head.get("connection").lower() != "close"
        if head.get("expect").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        action = action_for(listener.rules, request, self._matches) or {}
        kind = str(action.get("Type", "")).lower()
        if kind == "forward":
            return await self._forward(listener, action, head, reader, writer) and stays
        await _discard_body(head, reader)
        if kind == "fixed-response":
            config = action.get("FixedResponseConfig") or {}
            status = int(config.get("StatusCode", 503))
            body = str(config.get("MessageBody") or "").encode()
            await _respond(
                writer, status, body, [("Content-Type", config.get("ContentType") or "text/plain")]
            )
        elif kind == "redirect":
            config = action.get("RedirectConfig") or {}
            status = int(str(config.get("StatusCode", "HTTP_302")).removeprefix("HTTP_"))
            location = redirect_location(
                config, request, request.headers.get("host", listener.address), listener.port
            )
            await _respond(writer, status, b"", [("Location", location)])
        else:
            status = 503
            await _respond(writer, status, b"", [])
        self._metrics.answered_here(listener.load_balancer_arn, status)
        return stays

    async def _forward(
        self,
        listener: Listener,
        action: Record,
        head: Head,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        arn = choose_target_group(forward_weights(action))
        group = self._target_groups.get(arn or "")
        target = group.pick() if group else None
        if group is None or target is None:
            return await self._fail(listener, writer, 503)
        target.in_flight += 1
        try:
            return await self._forward_to(listener, group, target, head, reader, writer)
        except _TargetDidNotAnswerError as failure:
            return await self._fail(listener, writer, failure.status)
        finally:
            target.in_flight -= 1

    async def _forward_to(
        self,
        listener: Listener,
        group: TargetGroup,
        target: Target,
        head: Head,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        started = time.monotonic()
        body = await _body_to_repeat(head, reader)
        connection, response = await self._exchange(listener, target, head, body, reader)
        self._metrics.answered_by_target(
            listener.load_balancer_arn,
            group.arn,
            int(response.start[1]),
            time.monotonic() - started,
        )
        try:
            return await _relay(head.start[0], response, connection, target, writer)
        except BaseException:
            connection.close()
            raise

    async def _exchange(
        self,
        listener: Listener,
        target: Target,
        head: Head,
        body: bytes | None,
        reader: asyncio.StreamReader,
    ) -> tuple[_Connection, Head]:
        """Send the request to the target and read the head of its response."""
        repeatable = head.start[0] in _REPEATABLE and body is not None
        message = encode_head(
            f"{head.start[0]} {head.start[1]} HTTP/1.1", _headers_for_target(listener, head)
        )
        while True:
            connection = await _connect(target, listener.idle_timeout_seconds, reuse=repeatable)
            try:
                connection.writer.write(message + (body or b""))
                await connection.writer.drain()
                if body is None:
                    await _copy_body(head, reader, connection.writer)
                response = await asyncio.wait_for(
                    _read_final_head(connection.reader), listener.idle_timeout_seconds
                )
                return connection, response
            except TimeoutError as error:
                connection.close()
                raise _TargetDidNotAnswerError(504) from error
            except (*_CONNECTION_LOST, MalformedMessageError) as error:
                connection.close()
                nothing_came = not getattr(error, "partial", b"")
                if connection.reused and nothing_came:
                    continue
                raise _TargetDidNotAnswerError(502) from error
            except BaseException:
                connection.close()
                raise

    async def _fail(self, listener: Listener, writer: asyncio.StreamWriter, status: int) -> bool:
        """Answer for a target that can't; the rest of the request is not worth reading."""
        self._metrics.answered_here(listener.load_balancer_arn, status)
        await _respond(writer, status, b"", [("Connection", "close")])
        return False


async def _connect(target: Target, idle_seconds: float, *, reuse: bool) -> _Connection:
    while reuse and target.idle_connections:
        connection: _Connection = target.idle_connections.pop()
        fresh_enough = time.monotonic() - connection.idle_since < idle_seconds
        if fresh_enough and not connection.reader.at_eof() and not connection.writer.is_closing():
            connection.reused = True
            return connection
        connection.close()
    try:
        reader, writer = await asyncio.wait_for(
            asyncio.open_connection(target.id, target.port, limit=MAXIMUM_HEAD_BYTES),
            CONNECT_TIMEOUT_SECONDS,
        )
    except TimeoutError as error:
        raise _TargetDidNotAnswerError(504) from error
    except OSError as error:
        logger.info("target %s:%s refused a connection: %s", target.id, target.port, error)
        raise _TargetDidNotAnswerError(502) from error
    return _Connection(reader, writer)


async def _read_final_head(reader: asyncio.StreamReader) -> Head:
    while True:
        response = await read_head(reader)
        if not response.start[1].isdigit():
            raise MalformedMessageError(" ".join(response.start))
        if not 100 <= int(response.start[1]) < 200:
            return response


async def _relay(
    method: str,
    response: Head,
    connection: _Connection,
    target: Target,
    writer: asyncio.StreamWriter,
) -> bool:
    """Pass a response on; tell whether the client's connection may go on."""
    _, status, reason = response.start
    has_body = method != "HEAD" and int(status) not in (204, 304)
    length = response.content_length
    ends_with_connection = has_body and not response.chunked and length is None
    headers = response.end_to_end_headers()
    if ends_with_connection:
        headers.append(("Connection", "close"))
    writer.write(encode_head(f"HTTP/1.1 {status} {reason}", headers))
    if has_body and response.chunked:
        await copy_chunks(connection.reader, writer)
    elif ends_with_connection:
        await copy_until_closed(connection.reader, writer)
    elif has_body and length:
        await copy_bytes(connection.reader, writer, length)
    await writer.drain()
    kept = response.start[0] == "HTTP/1.1" and response.get("connection").lower() != "close"
    if kept and not ends_with_connection and not target.draining:
        connection.idle_since = time.monotonic()
        target.idle_connections.append(connection)
    else:
        connection.close()
    return not ends_with_connection


def _headers_for_target(listener: Listener, head: Head) -> Headers:
    """Add what the load balancer says about the client.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
    """
    ours = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-port", "x-amzn-trace-id"}
    headers = [
        (name, value) for name, value in head.end_to_end_headers() if name.lower() not in ours
    ]
    before = head.get("x-forwarded-for")
    client = "127.0.0.1"
    trace = head.get("x-amzn-trace-id") or f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return [
        *headers,
        ("X-Forwarded-For", f"{before}, {client}" if before else client),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Port", str(listener.port)),
        ("X-Amzn-Trace-Id", trace),
    ]


async def _body_to_repeat(head: Head, reader: asyncio.StreamReader) -> bytes | None:
    """Read a body that is small enough to send twice; none where it has to be streamed."""
    length = head.content_length or 0
    if head.chunked or length > _KEPT_FOR_REPEATING_BYTES:
        return None
    return await reader.readexactly(length) if length else b""


async def _copy_body(
    head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    if head.chunked:
        await copy_chunks(reader, writer)
    else:
        await copy_bytes(reader, writer, head.content_length or 0)


async def _discard_body(head: Head, reader: asyncio.StreamReader) -> None:
    if head.content_length:
        await reader.readexactly(head.content_length)


async def _respond(
    writer: asyncio.StreamWriter, status: int, body: bytes, headers: Headers
) -> None:
    try:
        reason = http.HTTPStatus(status).phrase
    except ValueError:
        reason = ""
    all_headers = [
        ("Server", "awselb/2.0"),
        *headers,
        ("Content-Length", str(len(body))),
    ]
    writer.write(encode_head(f"HTTP/1.1 {status} {reason}", all_headers) + body)
    await writer.drain()
