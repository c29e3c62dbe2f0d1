"""A client of a service: it goes through the load balancer, as everybody does."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from slipway.release import Target

_TIMEOUT_SECONDS = 10


def get(
    target: Target, path: str, *, host: str, certificate_authority: Path | None
) -> dict[str, Any]:
    """Ask a service once.

    Parameters
    ----------
    target
        Whose load balancer is asked.
    path
        Such as ``/version``.
    host
        The DNS name of the service.
    certificate_authority
        Whom to trust, in PEM; without one, the service is asked without TLS.

    Returns
    -------
    dict
        Its answer, which is JSON.
    """
    with contextlib.closing(_connection(target, host, certificate_authority)) as connection:
        connection.request("GET", path, headers={"Host": host})
        answer: dict[str, Any] = json.load(connection.getresponse())
    return answer


def _connection(target: Target, host: str, certificate_authority: Path | None) -> HTTPConnection:
    """Connect to the load balancer's address; with TLS, expect a certificate for the DNS name."""
    connection = HTTPConnection(target.address, target.port, timeout=_TIMEOUT_SECONDS)
    if certificate_authority is not None:
        trusted = ssl.create_default_context(cafile=str(certificate_authority))
        plain = socket.create_connection((target.address, target.port), timeout=_TIMEOUT_SECONDS)
        connection.sock = trusted.wrap_socket(plain, server_hostname=host)
    return connection
