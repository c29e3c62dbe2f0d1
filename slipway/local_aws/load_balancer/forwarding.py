"""A request goes to a target, over a kept connection or a new one, and its response comes back."""

from __future__ import annotations

import asyncio
import logging
import secrets
import ssl
import time
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
from slipway.local_aws.load_balancer.routing import Listener
from slipway.local_aws.load_balancer.targets import Target

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_SECONDS = 10.0
CONNECTION_LOST = (ConnectionError, asyncio.IncompleteReadError, BrokenPipeError, ssl.SSLError)
_REPEATABLE = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"}
_KEPT_FOR_REPEATING_BYTES = 1024 * 1024


@dataclass
class Connection:
    """A connection to a target; a reused one may have been closed by the target meanwhile."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    reused: bool = False
    idle_since: float = 0.0

    def close(self) -> None:
        """Close it; nobody waits for that."""
        self.writer.close()


class TargetDidNotAnswerError(Exception):
    """The target gave no response: the client gets this status from the load balancer.

    Parameters
    ----------
    connected
        Whether there was a connection to it.
    """

    def __init__(self, status: int, *, connected: bool = True) -> None:
        super().__init__(status)
        self.status = status
        self.connected = connected


async def exchange(
    listener: Listener,
    target: Target,
    head: Head,
    body: bytes | None,
    reader: asyncio.StreamReader,
) -> tuple[Connection, Head]:
    """Send a request to a target and read the head of its response.

    ``body`` is None where it has to be streamed from the client. The caller relays the response
    and with that closes or keeps the connection.

    Raises
    ------
    TargetDidNotAnswerError
        No response came.
    """
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
            raise TargetDidNotAnswerError(504) from error
        except (*CONNECTION_LOST, MalformedMessageError) as error:
            connection.close()
            nothing_came = not getattr(error, "partial", b"")
            if connection.reused and nothing_came:
                continue
            raise TargetDidNotAnswerError(502) from error
        except BaseException:
            connection.close()
            raise


async def _connect(target: Target, idle_seconds: float, *, reuse: bool) -> Connection:
    while reuse and target.idle_connections:
        connection: Connection = target.idle_connections.pop()
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
        raise TargetDidNotAnswerError(504, connected=False) from error
    except OSError as error:
        logger.info("target %s:%s refused a connection: %s", target.id, target.port, error)
        raise TargetDidNotAnswerError(502, connected=False) from error
    return Connection(reader, writer)


async def _read_final_head(reader: asyncio.StreamReader) -> Head:
    while True:
        response = await read_head(reader)
        if not response.start[1].isdigit():
            raise MalformedMessageError(" ".join(response.start))
        if not 100 <= int(response.start[1]) < 200:
            return response


async def relay(
    method: str,
    response: Head,
    connection: Connection,
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
        ("X-Forwarded-Proto", listener.protocol.lower()),
        ("X-Forwarded-Port", str(listener.port)),
        ("X-Amzn-Trace-Id", trace),
    ]


async def body_to_repeat(head: Head, reader: asyncio.StreamReader) -> bytes | None:
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
