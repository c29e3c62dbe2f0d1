"""Where a manual approval waits, and where PutApprovalResult finds it.

https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway.local_aws.codepipeline.action import ActionAbandoned, ActionRun
from slipway.local_aws.codepipeline.errors import CodePipelineError

APPROVED, REJECTED = "Approved", "Rejected"

_DETAIL = "approval"
_INTERVAL_SECONDS = 0.05


@dataclass(frozen=True)
class Answer:
    """What somebody has said to a request for approval."""

    status: str
    """``Approved`` or ``Rejected``."""
    summary: str
    answered: float
    """In seconds since 1970."""


@dataclass
class Approval:
    """One request for approval: open until it is answered, has expired or is abandoned."""

    token: str = field(default_factory=lambda: str(uuid.uuid4()))
    _answer: Answer | None = None
    _expired: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _answered: threading.Event = field(default_factory=threading.Event, repr=False)

    def put(self, token: str, status: str, summary: str) -> Answer:
        """Take the first answer.

        Raises
        ------
        CodePipelineError
            The token is that of another request, or this one is closed.
            https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutApprovalResult.html
        """
        with self._lock:
            if token != self.token:
                raise CodePipelineError(
                    "InvalidApprovalTokenException", "The approval token is not valid"
                )
            if self._answer or self._expired:
                raise CodePipelineError(
                    "ApprovalAlreadyCompletedException",
                    "The approval action has already been approved or rejected",
                )
            self._answer = Answer(status, summary, time.time())
            self._answered.set()
            return self._answer

    def wait(self, abandoned: threading.Event, seconds: float) -> Answer | None:
        """Wait for the answer; none within these real seconds closes the request.

        Raises
        ------
        ActionAbandoned
            Nobody waits for the answer any more.
        """
        deadline = time.monotonic() + seconds
        while not self._answered.wait(_INTERVAL_SECONDS):
            if abandoned.is_set() or time.monotonic() >= deadline:
                break
        with self._lock:
            self._expired = True
            if self._answer is None and abandoned.is_set():
                raise ActionAbandoned("nobody waits for the approval any more")
            return self._answer


def ask(run: ActionRun) -> Approval:
    """Open a request for a run's approval: its token appears in GetPipelineState."""
    approval = Approval()
    run.details[_DETAIL] = approval
    run.tell(token=approval.token)
    return approval


def asked_by(details: Mapping[str, Any]) -> Approval | None:
    """Return the request that a run has opened."""
    approval = details.get(_DETAIL)
    return approval if isinstance(approval, Approval) else None
