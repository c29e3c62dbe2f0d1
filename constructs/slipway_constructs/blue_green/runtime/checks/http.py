"""http: green answers a request as expected, and it is green that answers."""

import time
from collections.abc import Mapping
from typing import Any

from .expectations import expect, expect_latency
from .green import CheckFailed, Green
from .identity import Identity
from .requests import TIMEOUT_SECONDS, ask


def check(green: Green, settings: Mapping[str, Any], deadline: float) -> str:
    """Send the request as often as asked, and compare each answer with what is expected.

    Parameters
    ----------
    green
        What must answer.
    settings
        ``path``; and where they differ from the defaults ``method`` (GET), ``status`` (200),
        ``headers`` (name: value), ``body`` (text that the answer must contain), ``json`` (JSON
        Pointer: value), ``requests`` (1), ``timeout_seconds`` (5.0) and ``latency``:
        ``percentile`` of all requests, and ``threshold_seconds``.
    deadline
        Time of ``time.monotonic()`` after which no further request is sent.
    """
    method, path = settings.get("method", "GET"), settings["path"]
    request = f"{method} {path}"
    timeout_seconds = float(settings.get("timeout_seconds", TIMEOUT_SECONDS))
    count = int(settings.get("requests", 1))
    identity = Identity(green, timeout_seconds)

    latencies: list[float] = []
    for number in range(count):
        if time.monotonic() > deadline:
            raise CheckFailed(f"expected {count} answers to {request}, but time ran out: {number}")
        answer = ask(green, method, path, timeout_seconds)
        # Answers without the header are vouched for by /version, before and after all of them.
        identity.prove(request, answer, ask_version=number in (0, count - 1))
        expect(request, answer, settings)
        latencies.append(answer.latency_seconds)

    if latency := settings.get("latency"):
        expect_latency(request, latencies, latency)
    return f"{request}: {count} of {count} answers from {green.revision} as expected"
