"""Requests to the load balancer's listeners, and their answers.

They go to a private address of the load balancer, with the service's DNS name as Host header and,
over TLS, as the name that the certificate must carry: the name of an internet-facing load balancer
resolves to public addresses, from where the test listener is closed. The certificate must come from
an authority that Python trusts by default, as public ones of AWS Certificate Manager do.
"""

import http.client
import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from functools import cache
from typing import Any

from .green import CheckFailed, Green

TIMEOUT_SECONDS = 5.0


class NoAnswer(CheckFailed):
    """Nothing answered a request, or nothing that is HTTP."""


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes
    ----------
    status
        Such as 200.
    headers
        By name; upper and lower case are the same.
    body
        As text in UTF-8.
    latency_seconds
        From the connection's beginning to the last byte.
    """

    status: int
    headers: Message
    body: str
    latency_seconds: float

    @property
    def json(self) -> Any:
        """The body, read as JSON.

        Raises
        ------
        CheckFailed
            When it is something else.
        """
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise CheckFailed(
                f"expected JSON, but the {len(self.body)} characters that came with status "
                f"{self.status} are none: {error}"
            ) from None


class _Connection(http.client.HTTPConnection):
    """A connection to the first of the load balancer's addresses that accepts one."""

    def __init__(self, green: Green, port: int, timeout_seconds: float) -> None:
        super().__init__(green.host, port, timeout=timeout_seconds)
        self._timeout_seconds = timeout_seconds
        # Found out here, before the answer's latency is measured.
        self._addresses = green.addresses
        self._tls = _tls() if green.protocol == "HTTPS" else None

    def connect(self) -> None:
        connected = self._first_that_accepts()
        if self._tls is not None:
            connected = self._tls.wrap_socket(connected, server_hostname=self.host)
        self.sock = connected

    def _first_that_accepts(self) -> socket.socket:
        refused: OSError = OSError("the load balancer has no private address")
        for address in self._addresses:
            try:
                return socket.create_connection((address, self.port), timeout=self._timeout_seconds)
            except OSError as error:
                refused = error
        raise refused


@cache
def _tls() -> ssl.SSLContext:
    """Read the authorities that are trusted: once, as it takes longer than a request."""
    return ssl.create_default_context()


def ask(
    green: Green,
    method: str,
    path: str,
    timeout_seconds: float = TIMEOUT_SECONDS,
    *,
    headers: Mapping[str, str] | None = None,
    port: int | None = None,
) -> Answer:
    """Send one request over a connection of its own, and return the answer, whoever gave it.

    Parameters
    ----------
    green
        Where to.
    method, path, headers
        The request.
    timeout_seconds
        How long each step is waited for.
    port
        The listener's; the test listener's, if nothing is said.

    Raises
    ------
    NoAnswer
        When none came.
    """
    port = green.port if port is None else port
    connection = _Connection(green, port, timeout_seconds)
    started = time.monotonic()
    try:
        connection.request(
            method, path, headers={"User-Agent": "deployment-check", **(headers or {})}
        )
        response = connection.getresponse()
        body = response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(
            f"expected an answer to {method} {path} from {green.host}:{port} at "
            f"{', '.join(green.addresses) or 'no address'}, "
            f"but got {type(error).__name__}: {error}"
        ) from error
    finally:
        connection.close()
    return Answer(
        status=response.status,
        headers=response.headers,
        body=body,
        latency_seconds=time.monotonic() - started,
    )
