"""The AWS services that a release talks to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import boto3
from botocore.config import Config

from slipway.release.errors import AccountError, aws_errors

Clients = Callable[[str], Any]
"""Makes a boto3 client of one account and region, by the service's name: ``elbv2``."""


_PATIENT = Config(
    # botocore's standard retries absorb most throttling.
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "max_attempts": 6},
)


def clients_of_account(account: str, region: str) -> Clients:
    """Return what makes clients with the credentials that boto3 finds by itself.

    Parameters
    ----------
    account
        The account that they must be of: nobody means to act in another one.

    Raises
    ------
    AccountError
        They are of another account.
    AwsError
        There are none, or AWS can't be reached.
    """
    with aws_errors("ask AWS whose credentials these are"):
        clients = clients_of(boto3.Session(region_name=region))
        actual = clients("sts").get_caller_identity()["Account"]
    if actual != account:
        raise AccountError(
            f"These credentials are of account {actual}, not {account}: choose others, with "
            "AWS_PROFILE for example"
        )
    return clients


def clients_of(session: boto3.Session) -> Clients:
    """Return what makes the clients of a session."""
    return lambda service: session.client(service, config=_PATIENT)


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
    def of_account(cls, account: str, region: str) -> Aws:
        """Make the clients of an account, as `clients_of_account` does."""
        return cls.from_clients(clients_of_account(account, region))

    @classmethod
    def from_clients(cls, clients: Clients) -> Aws:
        """Make the clients."""
        return cls(**{each.name: clients(each.name.replace("_", "-")) for each in fields(cls)})

    @classmethod
    def from_session(cls, session: boto3.Session) -> Aws:
        """Make the clients of a session."""
        return cls.from_clients(clients_of(session))
