"""No request is lost where a kept connection ends at the moment of its use."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from slipway.local_aws.load_balancer.exchange import Head, read_head
from slipway.local_aws.load_balancer.metrics import RequestMetrics
from slipway.local_aws.load_balancer.proxy import Proxy
from slipway.local_aws.load_balancer.routing import Listener, Rule
from slipway.local_aws.load_balancer.targets import HEALTHY, TargetGroup

Answer = Callable[[int, int, Head, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bool]]


class Wire:
    """A proxy between a client and a target whose every answer a test decides."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.connections = 0

    async def __aenter__(self) -> Wire:
        self.target = await asyncio.start_server(self._serve_target, "127.0.0.1", 0)
        port = self.target.sockets[0].getsockname()[1]
        group = TargetGroup("group", load_balancers=frozenset({"lb"}))
        group.set_registered([("127.0.0.1", port)])
        self.registered = group.targets["127.0.0.1", port]
        self.registered.state = HEALTHY
        rule = Rule((), ({"Type": "forward", "TargetGroupArn": "group"},))
        self.listener = Listener("listener", "lb", "127.0.0.1", 80, 60.0, (rule,))
        self.metrics = RequestMetrics()
        proxy = Proxy({"group": group}, lambda condition, request: True, self.metrics)
        self.proxy = await asyncio.start_server(
            lambda reader, writer: proxy.serve(lambda: self.listener, reader, writer),
            "127.0.0.1",
            0,
        )
        address = self.proxy.sockets[0].getsockname()
        self.reader, self.writer = await asyncio.open_connection(*address)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        for server in (self.proxy, self.target):
            server.close()
        for connection in self.registered.idle_connections:
            connection.close()
        # Whoever serves ends with its client; asyncio.run would break it off.
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        async with asyncio.timeout(30):
            await asyncio.gather(*serving, return_exceptions=True)

    async def ask(self, method: str = "GET", body: bytes = b"") -> tuple[int, bytes]:
        head = f"{method} / HTTP/1.1\r\nHost: test\r\nContent-Length: {len(body)}\r\n\r\n"
        self.writer.write(head.encode() + body)
        answer = await read_head(self.reader)
        return int(answer.start[1]), await self.reader.readexactly(answer.content_length or 0)

    async def _serve_target(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        number, request = self.connections, 0
        try:
            while True:
                head = await read_head(reader)
                request += 1
                if not await self.answer(number, request, head, reader, writer):
                    break
        except asyncio.IncompleteReadError:
            pass
        writer.close()


async def say(text: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text)
    await writer.drain()
    return True


def test_connections_to_a_target_are_used_again() -> None:
    async def answer(connection: int, request: int, head: Head, *streams: object) -> bool:
        return await say(b"%d/%d" % (connection, request), *streams)  # type: ignore[arg-type]

    async def talk() -> list[tuple[int, bytes]]:
        async with Wire(answer) as wire:
            return [await wire.ask() for _ in range(3)]

    assert asyncio.run(talk()) == [(200, b"1/1"), (200, b"1/2"), (200, b"1/3")]


def test_a_kept_connection_that_ends_before_a_byte_came_costs_no_request() -> None:
    async def answer(connection: int, request: int, head: Head, *streams: object) -> bool:
        if (connection, request) == (1, 2):
            return False  # the target read the request, and closed
        return await say(b"%d/%d" % (connection, request), *streams)  # type: ignore[arg-type]

    async def talk() -> list[tuple[int, bytes]]:
        async with Wire(answer) as wire:
            return [await wire.ask() for _ in range(2)]

    assert asyncio.run(talk()) == [(200, b"1/1"), (200, b"2/1")]


def test_a_post_has_a_connection_of_its_own_and_is_never_sent_twice() -> None:
    bodies: list[bytes] = []

    async def answer(
        connection: int,
        request: int,
        head: Head,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        if head.start[0] == "GET":
            return await say(b"ready", reader, writer)
        bodies.append(await reader.readexactly(head.content_length or 0))
        return False

    async def talk() -> tuple[int, bytes]:
        async with Wire(answer) as wire:
            await wire.ask()
            return await wire.ask("POST", b"order")

    assert asyncio.run(talk())[0] == 502
    assert bodies == [b"order"]


def test_a_fresh_connection_that_gives_no_answer_is_a_502() -> None:
    async def answer(*_: object) -> bool:
        return False

    async def talk() -> tuple[int, bytes]:
        async with Wire(answer) as wire:
            return await wire.ask()

    assert asyncio.run(talk())[0] == 502


def test_a_body_in_chunks_passes_through() -> None:
    async def answer(
        connection: int,
        request: int,
        head: Head,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"5\r\nhello\r\n0\r\n\r\n")
        return True

    async def talk() -> bytes:
        async with Wire(answer) as wire:
            wire.writer.write(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
            await read_head(wire.reader)
            return await wire.reader.readuntil(b"0\r\n\r\n")

    assert asyncio.run(talk()) == b"5\r\nhello\r\n0\r\n\r\n"


def test_a_client_that_stays_connected_meets_the_new_rules_with_its_next_request() -> None:
    async def answer(connection: int, request: int, head: Head, *streams: object) -> bool:
        return await say(b"from the target", *streams)  # type: ignore[arg-type]

    async def talk() -> list[int]:
        async with Wire(answer) as wire:
            before, _ = await wire.ask()
            await asyncio.sleep(0.05)  # the proxy waits for the next request by now
            closed = Rule((), ({"Type": "fixed-response"},))
            wire.listener = replace(wire.listener, rules=(closed,))
            after, _ = await wire.ask()
            return [before, after]

    assert asyncio.run(talk()) == [200, 503]


def test_a_target_that_refuses_connections_is_a_502_and_counted() -> None:
    async def answer(*_: object) -> bool:
        return False

    async def talk() -> tuple[int, set[str]]:
        async with Wire(answer) as wire:
            wire.target.close()
            await wire.target.wait_closed()
            status, _ = await wire.ask()
            return status, {datum.name for datum in wire.metrics.take()}

    status, counted = asyncio.run(talk())
    assert status == 502
    assert "TargetConnectionErrorCount" in counted
