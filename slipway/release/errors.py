"""What can go wrong in a release, each told in one line with the next thing to try."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as NoConnectionError

THROTTLING = frozenset(
    {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"}
)
SIGNED_OUT = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
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


class UnreachableError(AwsError):
    """AWS can't be reached, throttles or is at fault: the same call may well succeed later."""


class CredentialsError(AwsError):
    """There are no credentials, or they have expired, or they don't allow the call."""


def code(error: Exception) -> str:
    """Name of an AWS error, empty for anything else."""
    return str(error.response["Error"].get("Code", "")) if isinstance(error, ClientError) else ""


def is_transient(error: Exception) -> bool:
    """Whether the same call may well succeed in a moment: throttled, AWS at fault, no network."""
    if isinstance(error, ClientError):
        http_status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code(error) in THROTTLING or http_status >= 500
    return isinstance(error, NoConnectionError | HTTPClientError)


_WITHOUT_CREDENTIALS = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)


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
        kind = _kind(error)
        raise kind(f"Cannot {doing}: {said.rstrip('.')}.{_next_step(error)}") from error
    except BotoCoreError as error:
        said = " ".join(str(error).split()).rstrip(".")
        raise _kind(error)(
            f"Cannot {doing}: {said}. Check your credentials, region and network."
        ) from error


def _kind(error: Exception) -> type[AwsError]:
    if code(error) in SIGNED_OUT | NOT_ALLOWED or isinstance(error, _WITHOUT_CREDENTIALS):
        return CredentialsError
    return UnreachableError if is_transient(error) else AwsError


def _next_step(error: ClientError) -> str:
    if code(error) in SIGNED_OUT:
        return " Sign in again."
    if code(error) in NOT_ALLOWED:
        return f" Use a role that may call {error.operation_name}."
    return f" AWS calls this {code(error)}."
