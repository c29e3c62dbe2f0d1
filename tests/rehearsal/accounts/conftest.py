"""Two accounts of one local AWS: one owns things, roles of the other ask for them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

OWNER, OTHER = "111111111111", "333333333333"
REGION = "us-east-1"


@dataclass(frozen=True)
class Accounts:
    """Clients of both, for administrators and for roles."""

    machine: Any
    endpoint: str

    def client(self, service, account):
        return self.machine.client(service, account=account)

    def role(self, name, *, service="lambda", tags=()):
        """Make a role of the other account, and return its ARN."""
        everybody = [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
                "Action": "sts:AssumeRole",
            },
            {
                "Effect": "Allow",
                "Principal": {"Service": f"{service}.amazonaws.com"},
                "Action": "sts:AssumeRole",
            },
        ]
        answer = self.client("iam", OTHER).create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": everybody}),
            Tags=[{"Key": key, "Value": value} for key, value in tags],
        )
        return answer["Role"]["Arn"]

    def as_role(self, service, arn):
        """Return a client with the credentials of a role's session."""
        account = arn.split(":")[4]
        given = self.client("sts", account).assume_role(RoleArn=arn, RoleSessionName="test")
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=given["Credentials"]["AccessKeyId"],
            aws_secret_access_key=given["Credentials"]["SecretAccessKey"],
            aws_session_token=given["Credentials"]["SessionToken"],
        )


@pytest.fixture(scope="session")
def accounts(local_aws):
    return Accounts(local_aws.machine, local_aws.endpoint)
