"""The gateway: MiniStack, answering for every API at one address."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from pathlib import Path


def configure(port: int, scratch: Path) -> None:
    """Configure MiniStack, which reads its settings from the environment at import.

    Parameters
    ----------
    port
        Where its gateway is going to answer.
    scratch
        A folder for all that it and its children put down.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    (scratch / "tmp").mkdir()
    tempfile.tempdir = str(scratch / "tmp")
    os.environ.update(
        {
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "localhost",
            "IOT_MTLS_ENABLED": "0",  # else it opens 0.0.0.0:8883
            "SFTP_ENABLED": "0",
            "PERSIST_STATE": "0",
            "S3_PERSIST": "0",
            "STATE_DIR": str(scratch / "state"),
            "S3_DATA_DIR": str(scratch / "s3"),
            "TMPDIR": str(scratch / "tmp"),
            "DOCKER_HOST": f"unix://{scratch}/no-docker.sock",
            "LAMBDA_EXECUTOR": "local",
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "INFO"),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    )


async def answer(listening: socket.socket, stop: asyncio.Event) -> asyncio.Task[None]:
    """Have MiniStack answer on a socket, and return once it does.

    Returns
    -------
    asyncio.Task
        The server, which ends some time after `stop` is set.
    """
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack import app
    from ministack.core import container_reaper

    _let_go_of_closed_connections()
    container_reaper.start = lambda *_: None
    app._docker_socket_present = lambda: False
    config = Config()
    config.bind = [f"fd://{listening.fileno()}"]
    config.keep_alive_timeout = 300
    config.graceful_timeout = 0.2
    config.accesslog = None
    config.errorlog = None
    server = asyncio.create_task(serve(app.app, config, shutdown_trigger=stop.wait))
    await _until_answering(listening.getsockname()[1], server)
    return server


def _let_go_of_closed_connections() -> None:
    """Close a connection when its client does, not when it would have been idle for too long.

    Hypercorn waits for its idle timer first. A release makes dozens of short-lived clients, and
    each would hold a descriptor for five minutes.
    """
    from hypercorn.asyncio.tcp_server import TCPServer

    read = TCPServer._read_data

    async def read_and_let_go(self: TCPServer) -> None:
        await read(self)
        await self.idle_task.stop()

    TCPServer._read_data = read_and_let_go  # type: ignore[method-assign]


async def _until_answering(port: int, server: asyncio.Task[None]) -> None:
    while not server.done():
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /_ministack/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answered = await asyncio.wait_for(reader.readline(), 5)
            writer.close()
            if b"200" in answered:
                return
        except OSError:
            pass
        await asyncio.sleep(0.02)
    await server
