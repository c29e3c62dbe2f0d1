"""Ends that several faults share, and where their documentation is."""

from __future__ import annotations

from faults import pages
from faults.fault import End, Loss, Serves

# Nothing can be rolled back before green exists.
_FIRST = "BeforeInstall"

BY_ALARM = (pages.ALARMS, pages.ROLLBACK)
BY_HOOK = (pages.HOOKS, pages.ERRORS)
BY_STOP = (pages.STOP, pages.STOP_DEPLOYMENT)
NEVER_HEALTHY = (pages.BLUE_GREEN, pages.ROLLBACK)

WHICH_CODE = "which error code belongs to it"
EVENT_OF_A_STOP = "the error code; that the event that is interrupted is Failed"

RELEASED = End(status="Succeeded", serves=Serves.GREEN, primary=Serves.GREEN)


def failed(code: str, *, at: str) -> End:
    """Fail at an event; traffic returns to blue, or never left."""
    return End(status="Failed", code=code, fails_at=at, rolled_back=at != _FIRST)


def rejected(*, at: str) -> End:
    """Fail at a hook: it reports Failed, or never reports."""
    return failed("HOOK_EXECUTION_FAILURE", at=at)


def stopped_by_alarm(*, at: str | None, loses: Loss = Loss.NONE) -> End:
    """Be stopped by an alarm at an event, or with None after all of them."""
    return End(
        status="Stopped",
        code="ALARM_ACTIVE",
        fails_at=at,
        rolled_back=at != _FIRST,
        loses=loses,
    )


def stopped(
    *,
    at: str | None,
    skipped_from: str | None = None,
    rolled_back: bool,
    serves: Serves = Serves.BLUE,
    primary: Serves = Serves.BLUE,
) -> End:
    """Be stopped by somebody."""
    return End(
        status="Stopped",
        code="MANUAL_STOP",
        fails_at=at,
        skipped_from=skipped_from,
        rolled_back=rolled_back and at != _FIRST,
        serves=serves,
        primary=primary,
    )
