"""The weights of production traffic over time: what a request could meet."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

_EVERY_SECONDS = 0.2


@dataclass(frozen=True)
class Sample:
    """The weights as the load balancer told them between two moments, in seconds since 1970."""

    asked: float
    answered: float
    percent: Mapping[str, float]
    """Share of each target group, by its name."""


class Weights:
    """Asks for the weights again and again, for as long as the block lasts."""

    def __init__(self, ask: Callable[[], Mapping[str, float]]) -> None:
        self._ask = ask
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self.samples: list[Sample] = []
        self.error: Exception | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._ended.is_set():
            asked = time.time()
            try:
                percent = self._ask()
            except Exception as error:
                self.error = error
                return
            self.samples.append(Sample(asked, time.time(), percent))
            self._ended.wait(_EVERY_SECONDS)


def most(samples: list[Sample], group: str, begin: float, end: float) -> float:
    """Return the largest share, 0 to 1, that a target group had between two moments.

    What holds between two samples is not known, so both count. So does the one before: requests
    follow a rule a moment after the API tells it.
    """
    before = [sample for sample in samples if sample.answered <= begin][-2:]
    during = [s for s in samples if s.answered > begin and s.asked < end]
    after = [sample for sample in samples if sample.asked >= end][:1]
    return max((s.percent.get(group, 0) for s in (*before, *during, *after)), default=0) / 100
