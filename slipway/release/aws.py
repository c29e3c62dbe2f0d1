"""The AWS services that a release talks to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from slipway.release.errors import AccountError, aws_errors


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
        """Make the clients with the credentials that boto3 finds by itself.

        Parameters
        ----------
        account
            The account that they must be of: nobody means to release into another one.

        Raises
        ------
        AccountError
            They are of another account.
        AwsError
            There are none, or AWS can't be reached.
        """
        with aws_errors("ask AWS whose credentials these are"):
            session = boto3.Session(region_name=region)
            actual = session.client("sts").get_caller_identity()["Account"]
        if actual != account:
            raise AccountError(
                f"These credentials are of account {actual}, not {account}: choose others, with "
                "AWS_PROFILE for example"
            )
        return cls.from_session(session)

    @classmethod
    def from_session(cls, session: boto3.Session) -> Aws:
        """Make the clients; botocore's standard retries absorb most throttling."""
        config = Config(
            connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 6}
        )
        return cls(
            application_autoscaling=session.client("application-autoscaling", config=config),
            cloudformation=session.client("cloudformation", config=config),
            cloudwatch=session.client("cloudwatch", config=config),
            codedeploy=session.client("codedeploy", config=config),
            ecs=session.client("ecs", config=config),
            elbv2=session.client("elbv2", config=config),
            logs=session.client("logs", config=config),
        )
