"""The AWS services that a release talks to."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import boto3
from botocore.config import Config

from slipway.release.errors import THROTTLING, AccountError, ReleaseError, aws_errors

Clients = Callable[[str], Any]
"""Makes a boto3 client of one account and region, by the service's name: ``elbv2``."""


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
    ReleaseError
        AWS_MAX_ATTEMPTS is no number.
    """
    with aws_errors("ask AWS whose credentials these are"):
        session = boto3.Session(region_name=region)
        actual = _client(session, "sts", _FIRST_ATTEMPTS, tell).get_caller_identity()["Account"]
    if actual != account:
        raise AccountError(
            f"These credentials are of account {actual}, not {account}: choose others, with "
            "AWS_PROFILE for example"
        )
    return clients_of(session, tell=tell)


def clients_of(session: boto3.Session, *, tell: Callable[[str], None] = lambda _: None) -> Clients:
    """Return what makes the clients of a session; `tell` as `clients_of_account` takes it."""
    return lambda service: _client(session, service, _ATTEMPTS, tell)


def _client(
    session: boto3.Session, service: str, attempts: int, tell: Callable[[str], None]
) -> Any:
    """Make a client whose calls end: botocore's standard retries absorb most throttling.

    Their pauses grow: three attempts take three seconds at most, six half a minute. Who sets
    AWS_MAX_ATTEMPTS has said how many.

    See https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    """
    attempts = _wanted_attempts() or attempts
    config = Config(
        connect_timeout=5,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    client = session.client(service, config=config)
    told: set[str] = set()

    def tell_of_retries(
        response: tuple[Any, Mapping[str, Any]] | None,
        caught_exception: Exception | None,
        operation: Any,
        **call: Any,
    ) -> None:
        name, answer = operation.name, response[1] if response else {}
        throttled = answer.get("Error", {}).get("Code", "") in THROTTLING
        is_fault = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500
        if not (caught_exception or is_fault or throttled):
            return
        if name not in told and call["attempts"] < attempts:
            told.add(name)
            why = "can't be reached" if caught_exception else "is at fault"
            tell(f"AWS {'throttles us' if throttled else why}: asking again ({name})")

    # botocore's own handler answers, and nobody is asked after it.
    client.meta.events.register_first("needs-retry", tell_of_retries)
    return client


def _wanted_attempts() -> int | None:
    """Read how many attempts somebody wants; None where nobody says it.

    Raises
    ------
    ReleaseError
        That is no number, or none that can be.
    """
    said = os.environ.get("AWS_MAX_ATTEMPTS", "").strip()
    if not said:
        return None
    if not (said.isascii() and said.isdigit() and int(said)):
        raise ReleaseError(f"AWS_MAX_ATTEMPTS must be a number from 1 on, not {said!r}: change it")
    return int(said)


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
