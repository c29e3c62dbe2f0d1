"""The AWS that a step of the pipeline talks to: the tooling account's."""

from __future__ import annotations

import boto3
from botocore.config import Config

from slipway.release.errors import AccountError, aws_errors
from slipway.settings import Account

# botocore's standard retries absorb most throttling.
CONFIG = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "max_attempts": 8})


def session_of(account: Account) -> boto3.Session:
    """Return a session with the credentials that boto3 finds by itself.

    Raises
    ------
    AccountError
        They are of another account: nobody means to push images there.
    AwsError
        There are none, or AWS can't be reached.
    """
    with aws_errors("ask AWS whose credentials these are"):
        session = boto3.Session(region_name=account.region)
        actual = session.client("sts", config=CONFIG).get_caller_identity()["Account"]
    if actual != account.account:
        raise AccountError(
            f"These credentials are of account {actual}, not {account.account}, which slipway.yaml "
            "names under tooling: choose others, with AWS_PROFILE for example"
        )
    return session
