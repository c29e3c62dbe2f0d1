"""How far a build is: its phases, one after the other, and the first that failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from slipway.local_aws.codebuild.errors import BuildInterruptedError, PhaseFailedError
from slipway.local_aws.codebuild.logs import BuildLog
from slipway.local_aws.codebuild.record import Record


class Progress:
    """Notes the phases in the build's record and in its log."""

    def __init__(self, record: Record, log: BuildLog) -> None:
        self._record = record
        self.log = log
        self._first_failure: tuple[str, PhaseFailedError] | None = None

    @property
    def is_failing(self) -> bool:
        """Whether a phase has failed."""
        return self._first_failure is not None

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Note the begin and the end of a phase; what it raises goes on."""
        self._record.begin(name)
        self.log.say(f"Entering phase {name}")
        try:
            yield
        except PhaseFailedError as failure:
            self._first_failure = self._first_failure or (name, failure)
            self._end(name, "FAILED", failure.code, str(failure))
            raise
        except BuildInterruptedError as interruption:
            self._end(name, interruption.status, interruption.status, str(interruption))
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            self._first_failure = (name, PhaseFailedError("INTERNAL_ERROR", reason))
            self._end(name, "FAULT", "INTERNAL_ERROR", reason)
            raise
        else:
            self._end(name, "SUCCEEDED")

    def reason(self, status: str) -> str:
        """Say in a sentence why a build ended as it did; nothing if it succeeded."""
        if status == "SUCCEEDED":
            return ""
        ended = f"Build terminated with state: {status}"
        if self._first_failure is None:
            return ended
        phase, failure = self._first_failure
        return f"{ended}. Phase: {phase}, Code: {failure.code}, Message: {failure}"

    def _end(self, name: str, status: str, code: str = "", message: str = "") -> None:
        self._record.end(status, code, message)
        self.log.say(f"Phase complete: {name} State: {status}")
        self.log.say(f"Phase context status code: {code} Message: {message}")
