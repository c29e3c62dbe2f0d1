"""What can go wrong in a release, each told in one line with the next thing to try."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    LoginError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as NoConnectionError

THROTTLING = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""What AWS calls throttling: botocore's own list, without ``LimitExceededException``.

Each service that we call means a quota by that one, and another minute raises no quota.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""
# Those that botocore asks again after, too, though their HTTP status is none of AWS's faults.
_TIMED_OUT = frozenset({"RequestTimeout", "RequestTimeoutException"})
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
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
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
        return code(error) in THROTTLING | _TIMED_OUT or http_status >= 500
    return isinstance(error, NoConnectionError | HTTPClientError)


_WITHOUT_CREDENTIALS = (
    CredentialRetrievalError,
    LoginError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)


@contextmanager
def aws_errors(doing: str) -> Iterator[None]:
    """Tell what AWS answered in one line, with the next thing to try.

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
    except (ClientError, BotoCoreError) as error:
        raise aws_error(doing, error) from error


def aws_error(doing: str, error: Exception) -> AwsError:
    """Put an error of botocore in one line, with the next thing to try."""
    if isinstance(error, ClientError):
        said = str(error.response["Error"].get("Message") or code(error))
    else:
        said = str(error)
    said = " ".join(said.split()).rstrip(".")
    kind = _kind(error)
    return kind(f"Cannot {doing}: {said}. {_next_step(error, kind)}.")


def of_botocore(error: Exception) -> AwsError | None:
    """Put an error of botocore that nobody has told yet in one line; None for any other error."""
    if isinstance(error, ClientError):
        return aws_error(f"call {error.operation_name} of AWS", error)
    return aws_error("ask AWS", error) if isinstance(error, BotoCoreError) else None


def _kind(error: Exception) -> type[AwsError]:
    if code(error) in SIGNED_OUT | NOT_ALLOWED or isinstance(error, _WITHOUT_CREDENTIALS):
        return CredentialsError
    return UnreachableError if is_transient(error) else AwsError


def _next_step(error: Exception, kind: type[AwsError]) -> str:
    """Say what to do about an error, without the full stop."""
    if isinstance(error, ClientError):
        if code(error) in SIGNED_OUT:
            if code(error) in _EXPIRED:
                return "Sign in again: aws sso login, or fresh credentials"
            return "Sign in again; or enable the region, if the account hasn't"
        if code(error) in NOT_ALLOWED:
            return f"Use a role that may call {error.operation_name}"
        if code(error) in THROTTLING:
            return f"AWS throttles the account ({code(error)}): try again in a minute"
        if code(error) in _TIMED_OUT:
            return "Check the network, a proxy or VPN, and try again"
        if kind is UnreachableError:
            return "AWS is at fault: try again later; https://health.aws.amazon.com tells more"
        return f"AWS calls this {code(error)}"
    if isinstance(error, ProfileNotFound):
        return "Name one that there is with AWS_PROFILE: aws configure list-profiles"
    if isinstance(error, LoginError):
        return "Sign in again: aws login"
    if isinstance(error, SSOError | TokenRetrievalError):
        return "Sign in again: aws sso login"
    if kind is CredentialsError:
        return "Sign in with aws sso login, or name a profile with AWS_PROFILE"
    if kind is UnreachableError:
        return "Check the network, a proxy or VPN, and the region in environments/*.yaml"
    return "Check your AWS configuration, and the region in environments/*.yaml"
