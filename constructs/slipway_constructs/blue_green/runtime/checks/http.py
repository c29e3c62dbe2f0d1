"""http: green answers a request as expected, and it is green that answers.

Requests go to a private address of the load balancer, with the service's DNS name as Host header
and, over TLS, as the name that the certificate must carry: the name of an internet-facing load
balancer resolves to public addresses, from where the test listener is closed. The certificate must
come from an authority that Python trusts by default, as public ones of AWS Certificate Manager do.
"""

import http.client
import json
import math
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .green import CheckFailed, Green

REVISION_HEADER = "x-task-revision"
VERSION_PATH = "/version"
_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class _Answer:
    status: int
    revision: str | None
    body: str
    latency_seconds: float


class _Connection(http.client.HTTPConnection):
    """A connection to the first of the load balancer's addresses that accepts one."""

    def __init__(self, green: Green, timeout_seconds: float) -> None:
        super().__init__(green.host, green.port, timeout=timeout_seconds)
        self._green = green
        self._timeout_seconds = timeout_seconds

    def connect(self) -> None:
        connected = self._first_that_accepts()
        if self._green.protocol == "HTTPS":
            context = ssl.create_default_context()
            connected = context.wrap_socket(connected, server_hostname=self._green.host)
        self.sock = connected

    def _first_that_accepts(self) -> socket.socket:
        refused: OSError = OSError("the load balancer has no private address")
        for address in self._green.addresses:
            try:
                return socket.create_connection(
                    (address, self._green.port), timeout=self._timeout_seconds
                )
            except OSError as error:
                refused = error
        raise refused


def check(green: Green, settings: Mapping[str, Any], deadline: float) -> str:
    """Send the request as often as asked, and compare each answer with what is expected.

    Parameters
    ----------
    green
        What must answer.
    settings
        ``path``; and where they differ from the defaults ``method`` (GET), ``status`` (200),
        ``body`` (text that the answer must contain), ``requests`` (1), ``timeout_seconds`` (5.0)
        and ``latency``: ``percentile`` of all requests, and ``threshold_seconds``.
    deadline
        Time of ``time.monotonic()`` after which no further request is sent.
    """
    method, path = settings.get("method", "GET"), settings["path"]
    request = f"{method} {path}"
    timeout_seconds = float(settings.get("timeout_seconds", _TIMEOUT_SECONDS))
    count = int(settings.get("requests", 1))

    latencies: list[float] = []
    for number in range(count):
        if time.monotonic() > deadline:
            raise CheckFailed(f"expected {count} answers to {request}, but time ran out: {number}")
        answer = _ask(green, method, path, timeout_seconds)
        _prove_identity(green, request, answer, timeout_seconds, ask=number in (0, count - 1))
        _compare(request, answer, settings)
        latencies.append(answer.latency_seconds)

    if latency := settings.get("latency"):
        _compare_latency(request, latencies, **latency)
    return f"{request}: {count} of {count} answers from {green.revision} as expected"


def _ask(green: Green, method: str, path: str, timeout_seconds: float) -> _Answer:
    connection = _Connection(green, timeout_seconds)
    started = time.monotonic()
    try:
        connection.request(method, path, headers={"User-Agent": "deployment-check"})
        response = connection.getresponse()
        body = response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise CheckFailed(
            f"expected an answer to {method} {path} from {green.host}:{green.port} at "
            f"{', '.join(green.addresses) or 'no address'}, "
            f"but got {type(error).__name__}: {error}"
        ) from error
    finally:
        connection.close()
    return _Answer(
        status=response.status,
        revision=response.headers.get(REVISION_HEADER),
        body=body,
        latency_seconds=time.monotonic() - started,
    )


def _prove_identity(
    green: Green, request: str, answer: _Answer, timeout_seconds: float, *, ask: bool
) -> None:
    """Nothing that an answer says counts unless green gave it.

    An answer without the header is vouched for by ``/version``, before and after all of them.
    """
    revision, source = answer.revision, request
    if revision is None and ask:
        revision, source = _version(green, timeout_seconds), f"GET {VERSION_PATH}"
        if revision is None:
            raise CheckFailed(
                f"expected {request} to prove that {green.revision} answers, but its answer "
                f"{answer.status} has no {REVISION_HEADER} header, and {VERSION_PATH} names no "
                "revision"
            )
    if revision is not None and revision != green.revision:
        raise CheckFailed(
            f"the answer to {source} came from revision {revision}, not from green {green.revision}"
        )


def _version(green: Green, timeout_seconds: float) -> str | None:
    answer = _ask(green, "GET", VERSION_PATH, timeout_seconds)
    if answer.revision is not None:
        return answer.revision
    try:
        document = json.loads(answer.body)
    except ValueError:
        return None
    revision = document.get("revision") if isinstance(document, dict) else None
    return revision if isinstance(revision, str) else None


def _compare(request: str, answer: _Answer, settings: Mapping[str, Any]) -> None:
    expected_status = int(settings.get("status", 200))
    if answer.status != expected_status:
        raise CheckFailed(
            f"expected {request} to answer {expected_status}, but it answered {answer.status}"
        )
    expected_body = settings.get("body")
    if expected_body is not None and expected_body not in answer.body:
        # The body itself stays out of the log: it may hold what nobody should read there.
        raise CheckFailed(
            f"expected the body of {request} to contain {expected_body!r}, but it isn't in the "
            f"{len(answer.body)} characters that came"
        )


def _compare_latency(
    request: str, latencies: list[float], percentile: float, threshold_seconds: float
) -> None:
    rank = max(math.ceil(percentile / 100 * len(latencies)), 1)
    measured = sorted(latencies)[rank - 1]
    if measured > threshold_seconds:
        raise CheckFailed(
            f"expected the {percentile:g}th percentile of {request} within "
            f"{threshold_seconds * 1000:.0f} ms, but it took {measured * 1000:.0f} ms over "
            f"{len(latencies)} requests"
        )
