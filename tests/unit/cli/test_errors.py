"""Each kind of mistake ends with the exit code that the documentation gives it."""

import pytest

from slipway.changes import AssemblyError
from slipway.cli.errors import ExitCode, exit_code
from slipway.cli.usage import UsageError
from slipway.rehearsal.errors import NotKeptError, RehearsalError
from slipway.release.errors import (
    AccountError,
    AwsError,
    CredentialsError,
    ReleaseInProgressError,
    TargetError,
    UnreachableError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), ExitCode.USAGE),
        (TargetError("x"), ExitCode.NOT_THERE),
        (NotKeptError("x"), ExitCode.NOT_THERE),
        (UnreachableError("x"), ExitCode.UNREACHABLE),
        (CredentialsError("x"), ExitCode.CREDENTIALS),
        (AccountError("x"), ExitCode.CREDENTIALS),
        (AwsError("x"), ExitCode.FAILED),
        (ReleaseInProgressError("x"), ExitCode.FAILED),
        (RehearsalError("x"), ExitCode.FAILED),
        (AssemblyError("x"), ExitCode.FAILED),
        (KeyError("a mistake of ours"), None),
    ],
)
def test_an_error_has_its_exit_code(error: Exception, code: ExitCode | None) -> None:
    assert exit_code(error) is code
