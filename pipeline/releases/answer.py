"""Whether a service answers to who comes from outside."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import time
from collections.abc import Callable

from pipeline.releases.place import Place
from slipway.release import Target
from slipway.settings import Settings

_TIMEOUT_SECONDS = 10
_TRIES = 3
_PAUSE_SECONDS = 5.0
_HEALTHY = 200


def answer(
    settings: Settings,
    place: Place,
    service: str,
    target: Target,
    tell: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> str | None:
    """Ask a service for its health, as a client from the internet does.

    An internal load balancer admits nobody from outside its network: there, nothing is asked.

    Parameters
    ----------
    tell
        Told what it answered, or why it was not asked.

    Returns
    -------
    str or None
        What is wrong, as a clause; None if nothing is known to be.
    """
    load_balancer = place.services[service].load_balancer
    shared = load_balancer.shared
    scheme = (place.environment.load_balancers[shared] if shared else load_balancer).scheme
    if scheme == "internal":
        tell("not asked for an answer: its load balancer is internal, and this build is outside")
        return None
    path = place.services[service].health_check.path
    host = settings.host(place.name, service)
    has_tls = place.environment.domain is not None
    wrong = ""
    for attempt in range(_TRIES):
        if attempt:
            sleep(_PAUSE_SECONDS)
        try:
            status = _ask(target, path, host, has_tls=has_tls)
        except (OSError, http.client.HTTPException) as error:
            wrong = f"{host} does not answer at {path} ({error or type(error).__name__})"
            continue
        if status == _HEALTHY:
            tell(f"{host} answers {status} at {path}")
            return None
        wrong = f"{host} answers {status} at {path}"
    return wrong


def _ask(target: Target, path: str, host: str, *, has_tls: bool) -> int:
    """Ask the load balancer itself, whatever DNS says; expect a certificate for the name."""
    connection = http.client.HTTPConnection(target.address, target.port, timeout=_TIMEOUT_SECONDS)
    with contextlib.closing(connection):
        if has_tls:
            plain = socket.create_connection((target.address, target.port), _TIMEOUT_SECONDS)
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status
