"""What can go wrong in a release, each told in one line with the next thing to try."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

THROTTLING = frozenset(
    {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"}
)
SIGNED_OUT = frozenset({"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId"})
NOT_ALLOWED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


class ReleaseError(Exception):
    """A release cannot go on; the message is one line for the person who must act."""


class AccountError(ReleaseError):
    """The credentials are of another account than the environment's."""


class TargetError(ReleaseError):
    """The Service stack does not say where to release to."""


class ImageError(ReleaseError):
    """A revision holds an image that must not be released."""


class AlreadyLiveError(ReleaseError):
    """The revision to release already serves production traffic."""


class ReleaseInProgressError(ReleaseError):
    """Another deployment of the group is not finished: CodeDeploy runs one at a time."""


class ApprovalError(ReleaseError):
    """No deployment waits for approval."""


class RollbackError(ReleaseError):
    """There is nothing to roll back to."""


class AwsError(ReleaseError):
    """AWS refused a call or could not be reached."""


def code(error: Exception) -> str:
    """Name of an AWS error, empty for anything else."""
    return str(error.response["Error"].get("Code", "")) if isinstance(error, ClientError) else ""


def is_transient(error: Exception) -> bool:
    """Whether the same call may well succeed in a moment: throttled, AWS at fault, no network."""
    if isinstance(error, ClientError):
        http_status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code(error) in THROTTLING or http_status >= 500
    return isinstance(error, NoConnectionError | HTTPClientError)


@contextmanager
def aws_errors(doing: str) -> Iterator[None]:
    """Tell what AWS answered in one line.

    Parameters
    ----------
    doing
        What was being done, to follow "Cannot": ``"start the release of storefront"``.

    Raises
    ------
    AwsError
        For any error of botocore inside the block.
    """
    try:
        yield
    except ClientError as error:
        said = " ".join(str(error.response["Error"].get("Message") or code(error)).split())
        raise AwsError(f"Cannot {doing}: {said.rstrip('.')}.{_next_step(error)}") from error
    except BotoCoreError as error:
        said = " ".join(str(error).split()).rstrip(".")
        raise AwsError(
            f"Cannot {doing}: {said}. Check your credentials, region and network."
        ) from error


def _next_step(error: ClientError) -> str:
    if code(error) in SIGNED_OUT:
        return " Sign in again."
    if code(error) in NOT_ALLOWED:
        return f" Use a role that may call {error.operation_name}."
    return f" AWS calls this {code(error)}."
