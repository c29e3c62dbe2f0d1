"""What an answer must be like, and how long answers may take."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .green import CheckFailed
from .json_pointer import NotThere, resolve, same
from .requests import Answer


def expect(request: str, answer: Answer, settings: Mapping[str, Any]) -> None:
    """Compare an answer with ``status`` (200), ``headers``, ``body`` and ``json``.

    Raises
    ------
    CheckFailed
        At the first difference. Of a body it says what was expected, never what came: that may be
        something which nobody should read in a log.
    """
    status = int(settings.get("status", 200))
    if answer.status != status:
        raise CheckFailed(f"expected {request} to answer {status}, but it answered {answer.status}")
    for name, value in settings.get("headers", {}).items():
        given = answer.headers.get_all(name)
        if value not in (given or ()):
            came = f"it is {' and '.join(map(repr, given))}" if given else "there is none"
            raise CheckFailed(
                f"expected the header {name} of {request} to be {value!r}, but {came}"
            )
    body = settings.get("body")
    if body is not None and body not in answer.body:
        raise CheckFailed(
            f"expected the body of {request} to contain {body!r}, but it isn't in the "
            f"{len(answer.body)} characters that came"
        )
    for pointer, value in settings.get("json", {}).items():
        _expect_json(request, answer, pointer, value)


def _expect_json(request: str, answer: Answer, pointer: str, value: Any) -> None:
    expected = f"expected {pointer or 'the document'} of {request} to be {value!r}"
    try:
        document = answer.json
    except CheckFailed:
        raise CheckFailed(f"{expected}, but the answer is no JSON") from None
    try:
        found = resolve(document, pointer)
    except NotThere:
        raise CheckFailed(f"{expected}, but the answer has no such place") from None
    if not same(found, value):
        raise CheckFailed(f"{expected}, but it is another {type(found).__name__}")


def percentile(latencies: Sequence[float], rank: float) -> float:
    """Return the latency that `rank` percent of all stay within, by nearest rank."""
    position = max(math.ceil(rank / 100 * len(latencies)), 1)
    return sorted(latencies)[position - 1]


def expect_latency(request: str, latencies: Sequence[float], limit: Mapping[str, float]) -> None:
    """Compare latencies in seconds with a ``percentile`` and its ``threshold_seconds``.

    Raises
    ------
    CheckFailed
        When it took longer.
    """
    rank, threshold = limit["percentile"], limit["threshold_seconds"]
    measured = percentile(latencies, rank)
    if measured > threshold:
        raise CheckFailed(
            f"expected the {rank:g}th percentile of {request} within "
            f"{threshold * 1000:.0f} ms, but it took {measured * 1000:.0f} ms over "
            f"{len(latencies)} requests"
        )
