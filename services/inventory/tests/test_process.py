"""Python's own streams against the service as a process: start, keep-alive, drain, stop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVICE = Path(__file__).parent.parent
REQUEST = b"GET /stock HTTP/1.1\r\nHost: inventory\r\n\r\n"
PATIENCE = 30


@dataclass
class Inventory:
    """The running service."""

    process: Process

    async def log(self) -> AsyncIterator[dict[str, Any]]:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            yield json.loads(line)

    async def logged(self, message: str) -> dict[str, Any]:
        async for entry in self.log():
            if entry["message"] == message:
                return entry
        raise AssertionError(f"it ended without saying {message!r}")


@contextlib.asynccontextmanager
async def running(*command: str, **environment: str) -> AsyncIterator[Inventory]:
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, *command],
        cwd=SERVICE,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": ".", "HOST": "127.0.0.1", "PORT": "0"}
        | environment,
        stdout=PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            yield Inventory(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, bool]:
    """Send one request; return the status line and whether the connection is to be closed."""
    writer.write(REQUEST)
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    [length] = [line for line in head.splitlines() if line.startswith("content-length: ")]
    await reader.readexactly(int(length.split()[1]))
    return head.splitlines()[0], "connection: close" in head


async def test_requests_after_sigterm_are_answered_on_held_and_on_new_connections() -> None:
    async with running("-m", "inventory", DRAIN_SECONDS="60") as inventory:
        port = (await inventory.logged("listening"))["port"]
        held_open = await asyncio.open_connection("127.0.0.1", port)
        assert await ask(*held_open) == ("http/1.1 200 ok", False)
        inventory.process.terminate()
        await inventory.logged("draining")
        assert await ask(*held_open) == ("http/1.1 200 ok", True)
        new = await asyncio.open_connection("127.0.0.1", port)
        assert await ask(*new) == ("http/1.1 200 ok", True)


async def test_a_request_in_flight_is_finished_after_the_drain() -> None:
    async with running("tests/waiting_inventory.py", DRAIN_SECONDS="0") as inventory:
        port = (await inventory.logged("listening"))["port"]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /count HTTP/1.1\r\nHost: inventory\r\n\r\n")
        await inventory.logged("counting")
        inventory.process.terminate()
        await inventory.logged("draining")
        while await accepts_connections(port):
            await asyncio.sleep(0.01)
        inventory.process.send_signal(signal.SIGUSR1)
        assert (await reader.read()).endswith(b"\r\n\r\n42")
        assert await inventory.process.wait() == 0


async def test_the_process_ends_by_itself_when_the_drain_is_over() -> None:
    async with running("-m", "inventory", DRAIN_SECONDS="0.1") as inventory:
        port = (await inventory.logged("listening"))["port"]
        idle = await asyncio.open_connection("127.0.0.1", port)
        await ask(*idle)
        inventory.process.terminate()
        await inventory.logged("stopped")
        assert await inventory.process.wait() == 0


async def accepts_connections(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:  # refused, or reset by a listener that is just closing
        return False
    writer.close()
    return True


async def test_idle_connections_are_kept_for_as_long_as_the_environment_says() -> None:
    async with running("-m", "inventory", KEEP_ALIVE_SECONDS="0.05") as inventory:
        port = (await inventory.logged("listening"))["port"]
        connection = await asyncio.open_connection("127.0.0.1", port)
        await ask(*connection)
        # With the default this would not come before the test's patience is over.
        assert await connection[0].read() == b""


async def test_the_log_is_json_and_tells_each_request_but_those_for_health() -> None:
    async with running("-m", "inventory", DRAIN_SECONDS="0") as inventory:
        port = (await inventory.logged("listening"))["port"]
        connection = await asyncio.open_connection("127.0.0.1", port)
        await ask(*connection)
        assert await health_check(port) == 0
        inventory.process.terminate()
        [request, *rest] = [entry async for entry in inventory.log()]
    assert request.pop("duration_ms") >= 0
    assert request.pop("timestamp")
    assert request == {
        "level": "info",
        "message": "request",
        "method": "GET",
        "path": "/stock",
        "status": 200,
        "revision": "unknown",
    }
    assert [entry["message"] for entry in rest] == ["draining", "stopped"]
    assert await health_check(port) == 1


async def health_check(port: int) -> int:
    """Run what the image's HEALTHCHECK runs."""
    check = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "inventory.health"],
        cwd=SERVICE,
        env={"HOST": "127.0.0.1", "PORT": str(port)},
        stderr=PIPE,
    )
    await check.communicate()
    assert check.returncode is not None
    return check.returncode


async def test_an_exception_is_one_line_of_level_error() -> None:
    program = """
import logging
from inventory.logs import log_as_json
log_as_json("info")
try:
    {}["mug"]
except KeyError:
    logging.exception("not counted")
"""
    async with running("-c", program) as inventory:
        [entry] = [entry async for entry in inventory.log()]
    assert (entry["level"], entry["message"]) == ("error", "not counted")
    assert "KeyError: 'mug'" in entry["exception"]


async def test_a_wrong_environment_is_one_line_and_exit_code_1() -> None:
    for name in ("PORT", "LOG_LEVEL"):
        async with running("-m", "inventory", **{name: "loud"}) as inventory:
            [entry] = [entry async for entry in inventory.log()]
            assert entry["level"] == "error"
            assert name in entry["message"]
            assert await inventory.process.wait() == 1
