"""HTTP/1.1 on the wire: heads and bodies as a load balancer passes them on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

MAXIMUM_HEAD_BYTES = 64 * 1024
_HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "upgrade", "expect"}

Headers = list[tuple[str, str]]


class MalformedMessageError(Exception):
    """What arrived is no HTTP/1.1."""


@dataclass(frozen=True)
class Head:
    """The first line of a message, in three parts, and its headers as they were sent."""

    start: tuple[str, str, str]
    headers: Headers

    def get(self, name: str, default: str = "") -> str:
        """Return a header by its name in lower case."""
        for header, value in self.headers:
            if header.lower() == name:
                return value
        return default

    @property
    def chunked(self) -> bool:
        """Whether the body comes in chunks."""
        return "chunked" in self.get("transfer-encoding").lower()

    @property
    def content_length(self) -> int | None:
        """The length of the body, where the head says so."""
        value = self.get("content-length")
        if not value:
            return None
        if not value.isdigit():
            raise MalformedMessageError(f"content-length {value!r}")
        return int(value)

    def end_to_end_headers(self) -> Headers:
        """Return the headers that are not about this connection alone."""
        return [(name, value) for name, value in self.headers if name.lower() not in _HOP_BY_HOP]


async def read_head(reader: asyncio.StreamReader) -> Head:
    """Read the head of a message.

    Raises
    ------
    asyncio.IncompleteReadError
        The other side closed; ``partial`` is empty when it had not sent a byte.
    MalformedMessageError
        It is no HTTP/1.1, or longer than the limit.
    """
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise MalformedMessageError("the head is too long") from error
    first, *lines = raw[:-4].decode("latin-1").split("\r\n")
    parts = first.split(" ", 2)
    if len(parts) == 2:
        parts.append("")
    if len(parts) != 3 or "HTTP/1." not in first:
        raise MalformedMessageError(first[:80])
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise MalformedMessageError(line[:80])
        headers.append((name, value.strip()))
    return Head((parts[0], parts[1], parts[2]), headers)


def encode_head(start_line: str, headers: Headers) -> bytes:
    """Write a head."""
    lines = [start_line, *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


async def copy_bytes(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, length: int
) -> None:
    """Pass on exactly this many bytes."""
    while length > 0:
        data = await reader.read(min(length, 65536))
        if not data:
            raise asyncio.IncompleteReadError(b"", length)
        length -= len(data)
        writer.write(data)
        await writer.drain()


async def copy_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on a body in chunks, its framing and trailers included."""
    while True:
        line = await reader.readuntil(b"\r\n")
        writer.write(line)
        try:
            size = int(line.split(b";")[0], 16)
        except ValueError as error:
            raise MalformedMessageError("chunk size") from error
        if size == 0:
            break
        await copy_bytes(reader, writer, size + 2)
    while (trailer := await reader.readuntil(b"\r\n")) != b"\r\n":
        writer.write(trailer)
    writer.write(b"\r\n")
    await writer.drain()


async def copy_until_closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on a body that ends with its connection."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
