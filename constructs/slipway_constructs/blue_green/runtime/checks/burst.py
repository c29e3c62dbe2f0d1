"""burst: green bears many requests at once."""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from .expectations import expect_latency
from .green import CheckFailed, Green
from .identity import REVISION_HEADER, Identity
from .requests import TIMEOUT_SECONDS, Answer, NoAnswer, ask


def check(green: Green, settings: Mapping[str, Any], deadline: float) -> str:
    """Send GET requests side by side, and count how many fail, and how long the others take.

    A request fails without an answer in time, and with another status than 200. An answer that
    names another revision than green's fails the check, whatever is tolerated.

    Parameters
    ----------
    green
        What must answer.
    settings
        ``path``, ``requests`` and ``at_once`` (how many are under way at any time); and where they
        differ from the defaults ``errors_percent`` (0; the largest share that may fail),
        ``timeout_seconds`` (5.0) and ``latency``: ``percentile`` of the requests that did not
        fail, and ``threshold_seconds``.
    deadline
        Time of ``time.monotonic()`` after which no further request is sent.
    """
    request = f"GET {settings['path']}"
    timeout_seconds = float(settings.get("timeout_seconds", TIMEOUT_SECONDS))
    total = int(settings["requests"])
    identity = Identity(green, timeout_seconds)
    burst = _Burst(green, settings["path"], timeout_seconds, total, deadline)
    burst.run(int(settings["at_once"]))

    unnamed = None
    for answer in burst.answers:
        identity.prove(request, answer, ask_version=False)
        if answer.status == 200 and answer.headers.get(REVISION_HEADER) is None:
            unnamed = answer
    if unnamed is not None:
        identity.prove(request, unnamed)
    good = [answer for answer in burst.answers if answer.status == 200]
    if burst.sent < total:
        raise CheckFailed(f"expected {total} answers to {request}, but time ran out: {burst.sent}")

    failed = total - len(good)
    tolerated = float(settings.get("errors_percent", 0))
    if failed * 100 > tolerated * total:
        raise CheckFailed(
            f"expected at most {tolerated:g} % of {total} requests {request} to fail, but "
            f"{failed} did: {_list(burst)}"
        )
    if good and (latency := settings.get("latency")):
        expect_latency(request, [answer.latency_seconds for answer in good], latency)
    return (
        f"{request}: {total} requests, {settings['at_once']} at once, {failed} failed, all answers "
        f"from {green.revision}"
    )


class _Burst:
    """Requests of several threads, until enough are sent or time is up."""

    def __init__(
        self, green: Green, path: str, timeout_seconds: float, total: int, deadline: float
    ) -> None:
        self.answers: list[Answer] = []
        self.unanswered: list[NoAnswer] = []
        self._green = green
        self._path = path
        self._timeout_seconds = timeout_seconds
        self._deadline = deadline
        self._numbers = iter(range(total))
        self._lock = threading.Lock()

    @property
    def sent(self) -> int:
        return len(self.answers) + len(self.unanswered)

    def run(self, at_once: int) -> None:
        _ = self._green.addresses  # Asked for before the threads, which would all ask for them.
        threads = [threading.Thread(target=self._send, daemon=True) for _ in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _send(self) -> None:
        while time.monotonic() <= self._deadline:
            with self._lock:
                if next(self._numbers, None) is None:
                    return
            try:
                answer = ask(self._green, "GET", self._path, self._timeout_seconds)
            except NoAnswer as error:
                self.unanswered.append(error)
            else:
                self.answers.append(answer)


def _list(burst: _Burst) -> str:
    kinds = Counter(str(answer.status) for answer in burst.answers if answer.status != 200)
    kinds.update(type(error.__cause__).__name__ for error in burst.unanswered)
    return ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
