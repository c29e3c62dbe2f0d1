"""One client connection of a listener: requests in, forwarded by the rules, responses out."""

from __future__ import annotations

import asyncio
import contextlib
import http
import time
from collections.abc import Callable, Mapping

from slipway.local_aws.load_balancer.exchange import (
    Head,
    Headers,
    MalformedMessageError,
    encode_head,
    read_head,
)
from slipway.local_aws.load_balancer.forwarding import (
    CONNECTION_LOST,
    TargetDidNotAnswerError,
    body_to_repeat,
    exchange,
    relay,
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

        ``listener`` is asked anew once a request has come: rules change while clients stay
        connected, and wait.
        """
        with contextlib.suppress(*CONNECTION_LOST, TimeoutError):
            while (waiting := listener()) is not None:
                head = await asyncio.wait_for(read_head(reader), waiting.idle_timeout_seconds)
                current = listener()
                if current is None or not await self._answer(current, head, reader, writer):
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
            location = redirect_location(config, request, listener)
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
        except TargetDidNotAnswerError as failure:
            self._metrics.unanswered_by_target(
                listener.load_balancer_arn, group.arn, connected=failure.connected
            )
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
        body = await body_to_repeat(head, reader)
        connection, response = await exchange(listener, target, head, body, reader)
        self._metrics.answered_by_target(
            listener.load_balancer_arn,
            group.arn,
            int(response.start[1]),
            time.monotonic() - started,
        )
        try:
            return await relay(head.start[0], response, connection, target, writer)
        except MalformedMessageError as error:
            connection.close()
            raise ConnectionResetError("the target broke off its response") from error
        except BaseException:
            connection.close()
            raise

    async def _fail(self, listener: Listener, writer: asyncio.StreamWriter, status: int) -> bool:
        """Answer for a target that can't; the rest of the request is not worth reading."""
        self._metrics.answered_here(listener.load_balancer_arn, status)
        await _respond(writer, status, b"", [("Connection", "close")])
        return False


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
