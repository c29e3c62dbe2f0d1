"""Exit codes: what a script may do next, whatever the command."""

from __future__ import annotations

from enum import IntEnum

from slipway.changes import AssemblyError
from slipway.cli.usage import UsageError
from slipway.cost import CostError
from slipway.rehearsal.errors import NotKeptError, RehearsalError
from slipway.release.errors import (
    AccountError,
    CredentialsError,
    ReleaseError,
    TargetError,
    UnreachableError,
    of_botocore,
)
from slipway.settings import SettingsError


class ExitCode(IntEnum):
    """How a command ended; 128 + n after signal n."""

    DONE = 0
    FAILED = 1
    """Refused, failed or rolled back; or a check has found something."""
    USAGE = 2
    """Wrong settings, options or names: nothing was asked of AWS."""
    NOT_THERE = 3
    """What it is about isn't there: a stack, a service, a rehearsal that is kept."""
    UNREACHABLE = 4
    """AWS can't be reached, throttles or is at fault: the same command may work in a while."""
    CREDENTIALS = 5
    """No credentials, expired ones, those of another account, or not allowed to do this."""


# The first that fits.
_CODES = (
    ((SettingsError, UsageError, CostError), ExitCode.USAGE),
    ((TargetError, NotKeptError), ExitCode.NOT_THERE),
    ((UnreachableError,), ExitCode.UNREACHABLE),
    ((AccountError, CredentialsError), ExitCode.CREDENTIALS),
    ((ReleaseError, RehearsalError, AssemblyError), ExitCode.FAILED),
)


def exit_code(error: Exception) -> ExitCode | None:
    """Tell what the user can mend from a mistake of ours, which has no exit code."""
    return next((code for kinds, code in _CODES if isinstance(error, kinds)), None)


def told(error: Exception) -> Exception:
    """Return an error as it is told: what AWS says in one line, whoever asked it."""
    return of_botocore(error) or error
