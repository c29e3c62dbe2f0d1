"""How many requests a fault may cost, and how many it cost.

The rule. A load balancer draws a target group for each request by the weights of that moment. A
fault that needs production traffic may cost what that draw gave to the side at fault: each request
counts with the side's share while it was under way, and the sum of all draws may be what chance
brings about except once in a million times. Nothing is added to that. A request with a share of 0
must not fail at all, so every failure lies within the time in which the side at fault had traffic:
it ends when the alarm has made CodeDeploy take the traffic back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import median

from faults.weights import Sample, most
from slipway.rehearsal.load_generator import Answer

_ONCE_IN = 1_000_000


@dataclass(frozen=True)
class Blame:
    """A target group that may fail requests, and since when until when, in seconds since 1970."""

    group: str
    begin: float = 0.0
    end: float = float("inf")


@dataclass(frozen=True)
class Requests:
    """What became of the requests during a fault."""

    sent: int
    failed: int
    outside: int
    """Failed although nobody who may fail had a share of the traffic."""
    allowed: int
    """The most that may fail."""
    seconds: float
    """From the first failed request to the answer to the last one."""
    typical_ms: float
    """Half of the clients waited longer for their answer."""
    share: float
    """The largest share, 0 to 1, that the side at fault had."""
    revisions: tuple[str, ...]
    """Which revisions answered the last requests, after everything else."""


def shares(answers: Sequence[Answer], samples: list[Sample], blame: Blame | None) -> list[float]:
    """Return for each request the chance with which it met the side at fault, 0 to 1."""
    if blame is None:
        return [0.0] * len(answers)
    chances = []
    for answer in answers:
        end = answer.start + answer.latency_ms / 1000
        met = answer.start <= blame.end and end >= blame.begin
        chances.append(most(samples, blame.group, answer.start, end) if met else 0.0)
    return chances


def allowance(chances: Sequence[float]) -> int:
    """Return the smallest number that the draws exceed less than once in a million times."""
    drawn = [1.0]
    for chance in chances:
        if chance:
            drawn = [
                (drawn[count] * (1 - chance) if count < len(drawn) else 0)
                + (drawn[count - 1] * chance if count else 0)
                for count in range(len(drawn) + 1)
            ]
    return next(count for count, sure in enumerate(accumulate(drawn)) if sure >= 1 - 1 / _ONCE_IN)


def count(
    answers: Sequence[Answer], samples: list[Sample], blame: Blame | None, last_second: float
) -> Requests:
    """Sum up the requests of a fault.

    Parameters
    ----------
    last_second
        When everything was over: who answered after that is who is live.
    """
    chances = shares(answers, samples, blame)
    failed = [answer for answer in answers if answer.failed]
    outside = sum(
        answer.failed and not chance for answer, chance in zip(answers, chances, strict=True)
    )
    ends = [answer.start + answer.latency_ms / 1000 for answer in failed]
    seconds = max(ends) - min(answer.start for answer in failed) if failed else 0.0
    last = {answer.revision for answer in answers if answer.start >= last_second}
    return Requests(
        sent=len(answers),
        failed=len(failed),
        outside=outside,
        allowed=allowance(chances),
        seconds=seconds,
        typical_ms=median([answer.latency_ms for answer in answers] or [0.0]),
        share=max(chances, default=0.0),
        revisions=tuple(sorted(revision or "nobody" for revision in last)),
    )
