"""Which kind of mistake an answer of AWS is, and what it says to do."""

import pytest
from botocore.exceptions import ClientError
from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker

from slipway.release.errors import (
    THROTTLING,
    AwsError,
    UnreachableError,
    aws_error,
    is_transient,
)

# A quota in each service that we call.
QUOTA = "LimitExceededException"
THROTTLED = set(ThrottledRetryableChecker._THROTTLED_ERROR_CODES)
TIMED_OUT = set(TransientRetryableChecker._TRANSIENT_ERROR_CODES) - THROTTLED


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "No."}}, "Operation")


def test_what_botocore_calls_throttling_is_throttling() -> None:
    assert THROTTLED - {QUOTA} == THROTTLING


@pytest.mark.parametrize("code", sorted(THROTTLED - {QUOTA}))
def test_who_is_throttled_tries_again_in_a_minute(code: str) -> None:
    told = aws_error("ask", refusal(code))
    assert isinstance(told, UnreachableError)
    assert str(told) == (
        f"Cannot ask: No. AWS throttles the account ({code}): try again in a minute."
    )


@pytest.mark.parametrize("code", sorted(TIMED_OUT))
def test_what_took_too_long_may_go_well_later(code: str) -> None:
    assert is_transient(refusal(code))
    told = aws_error("ask", refusal(code))
    assert isinstance(told, UnreachableError)
    assert str(told).endswith("Check the network, a proxy or VPN, and try again.")


def test_a_quota_is_no_throttling() -> None:
    assert not is_transient(refusal(QUOTA))
    told = aws_error("ask", refusal(QUOTA))
    assert type(told) is AwsError
    assert str(told) == "Cannot ask: No. AWS calls this LimitExceededException."
