"""compare: green answers as blue does, which still serves production.

The same requests go to green through the test listener and to blue through the production listener.
They are GET requests, as both sides answer them for real.
"""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from .expectations import percentile
from .green import CheckFailed, Green
from .identity import Identity
from .json_pointer import differences
from .requests import TIMEOUT_SECONDS, Answer, ask

_MOST_PLACES = 5
_NO_JSON = object()


def check(green: Green, settings: Mapping[str, Any], deadline: float) -> str:
    """Ask both sides the same, and fail where green's answer differs.

    Compared are the status and, where both answer JSON, the documents; where only one does, they
    differ. What else a body holds is not compared. A deployment that ignores alarms is passed
    over: it replaces something ill, and has to differ from it. So is one that starts the live
    revision anew, for fresh secrets: nobody could tell the sides apart.

    Parameters
    ----------
    green
        What is compared with blue.
    settings
        ``paths``; and where they differ from the defaults ``ignore`` (JSON Pointers of places that
        may differ), ``requests`` (1, to each side and path), ``timeout_seconds`` (5.0) and
        ``latency``: ``percentile``, and ``percent_of_blue``, how long green may take at most.
    deadline
        Time of ``time.monotonic()`` after which no further request is sent.
    """
    if green.is_cure:
        return "not compared: this deployment ignores alarms, to replace what is live"
    if green.replaces == green.revision:
        return f"not compared: {green.revision} is live already, and its tasks start anew"
    timeout_seconds = float(settings.get("timeout_seconds", TIMEOUT_SECONDS))
    sides = _Sides(green, timeout_seconds)
    count = int(settings.get("requests", 1))
    for path in settings["paths"]:
        latencies: list[tuple[float, float]] = []
        for number in range(count):
            if time.monotonic() > deadline:
                raise CheckFailed(
                    f"expected {count} answers of both sides to GET {path}, but time ran out: "
                    f"{number}"
                )
            ours, theirs = sides.ask(path)
            _compare(path, ours, theirs, settings.get("ignore", ()))
            latencies.append((ours.latency_seconds, theirs.latency_seconds))
        if limit := settings.get("latency"):
            _compare_latency(path, latencies, limit)
    return f"{', '.join(settings['paths'])}: {green.revision} answers as blue does"


class _Sides:
    """Green and blue, each known to be who they are."""

    def __init__(self, green: Green, timeout_seconds: float) -> None:
        self._green = green
        self._timeout_seconds = timeout_seconds
        self._identities = (
            (green.port, Identity(green, timeout_seconds)),
            (green.production_port, Identity(green, timeout_seconds, blue=True)),
        )

    def ask(self, path: str) -> tuple[Answer, Answer]:
        """Return green's answer, and blue's."""
        answers = []
        for port, identity in self._identities:
            answer = ask(self._green, "GET", path, self._timeout_seconds, port=port)
            identity.prove(f"GET {path}", answer)
            answers.append(answer)
        green, blue = answers
        return green, blue


def _compare(path: str, green: Answer, blue: Answer, ignored: Sequence[str]) -> None:
    if green.status != blue.status:
        raise CheckFailed(
            f"expected GET {path} to answer {blue.status} as blue does, but green answered "
            f"{green.status}"
        )
    ours, theirs = _document(green), _document(blue)
    if (ours is _NO_JSON) != (theirs is _NO_JSON):
        which = "blue" if ours is _NO_JSON else "green"
        raise CheckFailed(
            f"expected both sides to answer GET {path} alike, but only {which} answered JSON"
        )
    if ours is _NO_JSON:
        return
    if places := differences(ours, theirs, ignored):
        shown = ", ".join(place or "the document itself" for place in places[:_MOST_PLACES])
        more = f" and {len(places) - _MOST_PLACES} more" if places[_MOST_PLACES:] else ""
        raise CheckFailed(
            f"expected GET {path} to answer as blue does, but it differs at {shown}{more}; what "
            "may differ belongs under ignore"
        )


def _document(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError:
        return _NO_JSON


def _compare_latency(
    path: str, latencies: Sequence[tuple[float, float]], limit: Mapping[str, float]
) -> None:
    ours, theirs = (percentile(side, limit["percentile"]) for side in zip(*latencies, strict=True))
    if ours * 100 > theirs * limit["percent_of_blue"]:
        raise CheckFailed(
            f"expected the {limit['percentile']:g}th percentile of GET {path} within "
            f"{limit['percent_of_blue']:g} % of blue's {theirs * 1000:.0f} ms, but green took "
            f"{ours * 1000:.0f} ms over {len(latencies)} requests"
        )
