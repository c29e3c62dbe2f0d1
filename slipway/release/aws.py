"""The AWS services that a release talks to."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import boto3
from botocore.config import Config

from slipway.release.errors import THROTTLING, AccountError, aws_errors

Clients = Callable[[str], Any]
"""Makes a boto3 client of one account and region, by the service's name: ``elbv2``."""


def _patience(attempts: int) -> Config:
    """Bound how long a call may take; botocore's standard retries absorb most throttling.

    Their pauses grow: three attempts take three seconds at most, six half a minute. Who sets
    AWS_MAX_ATTEMPTS has said how many.

    See https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    """
    attempts = int(os.environ.get("AWS_MAX_ATTEMPTS", "").strip() or attempts)
    return Config(
        connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": attempts}
    )


_ATTEMPTS = 6
# The first call tells whether there is anybody: nobody wants to wait long for that.
_FIRST_ATTEMPTS = 3


def clients_of_account(
    account: str, region: str, *, tell: Callable[[str], None] = lambda _: None
) -> Clients:
    """Return what makes clients with the credentials that boto3 finds by itself.

    Parameters
    ----------
    account
        The account that they must be of: nobody means to act in another one.
    tell
        Told in a sentence that AWS throttles or can't be reached, while it is asked again.

    Raises
    ------
    AccountError
        They are of another account.
    AwsError
        There are none, or AWS can't be reached.
    """
    with aws_errors("ask AWS whose credentials these are"):
        session = boto3.Session(region_name=region)
        _tell_of_retries(session, tell)
        sts = session.client("sts", config=_patience(_FIRST_ATTEMPTS))
        actual = sts.get_caller_identity()["Account"]
    if actual != account:
        raise AccountError(
            f"These credentials are of account {actual}, not {account}: choose others, with "
            "AWS_PROFILE for example"
        )
    return clients_of(session)


def clients_of(session: boto3.Session) -> Clients:
    """Return what makes the clients of a session."""
    return lambda service: session.client(service, config=_patience(_ATTEMPTS))


def _tell_of_retries(session: boto3.Session, tell: Callable[[str], None]) -> None:
    """Say once for each operation that it is tried again: pauses may be long."""
    told: set[str] = set()

    def say(
        response: tuple[Any, Mapping[str, Any]] | None,
        caught_exception: Exception | None,
        operation: Any,
        **_: Any,
    ) -> None:
        name = operation.name
        answer = response[1] if response else {}
        failed = answer.get("Error", {}).get("Code", "")
        is_fault = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500
        if name in told or not (caught_exception or is_fault or failed in THROTTLING):
            return
        told.add(name)
        why = "can't be reached" if caught_exception else "is at fault"
        tell(f"AWS {'throttles us' if failed in THROTTLING else why}: asking again ({name})")

    # botocore's own handler answers, and nobody is asked after it.
    session.events.register_first("needs-retry", say)


@dataclass(frozen=True, kw_only=True)
class Aws:
    """The clients that a release needs, all of one account and region."""

    application_autoscaling: Any
    cloudformation: Any
    cloudwatch: Any
    codedeploy: Any
    ecs: Any
    elbv2: Any
    logs: Any

    @classmethod
    def from_clients(cls, clients: Clients) -> Aws:
        """Make the clients."""
        return cls(**{each.name: clients(each.name.replace("_", "-")) for each in fields(cls)})

    @classmethod
    def from_session(cls, session: boto3.Session) -> Aws:
        """Make the clients of a session."""
        return cls.from_clients(clients_of(session))
