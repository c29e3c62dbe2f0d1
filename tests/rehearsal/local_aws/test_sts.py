"""Roles that are assumed over the API, from account to account."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError

TOOLING, STAGING = "111111111111", "222222222222"


class Accounts:
    """Accounts on one local AWS, with their administrators and roles."""

    def __init__(self, machine):
        self.machine = machine

    def make_role(self, account, principal, path="/"):
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": "sts:AssumeRole",
        }
        made = self.machine.client("iam", account=account).create_role(
            RoleName=f"role-{uuid.uuid4().hex[:8]}",
            Path=path,
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}),
        )
        return made["Role"]["Arn"]

    def sts(self, **credentials):
        return self.machine.client_as("sts", credentials)

    def administrator(self, account):
        return self.sts(aws_access_key_id=account, aws_secret_access_key="any")

    def assume(self, sts, role):
        session = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        return self.sts(
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )


@pytest.fixture
def accounts(local_aws):
    return Accounts(local_aws.machine)


def test_a_chain_of_roles_leads_into_another_account(accounts):
    pipeline = accounts.make_role(TOOLING, f"arn:aws:iam::{TOOLING}:root", path="/service/")
    deploy = accounts.make_role(STAGING, pipeline)
    session = accounts.assume(accounts.administrator(TOOLING), pipeline)
    there = accounts.assume(session, deploy).get_caller_identity()
    assert there["Account"] == STAGING
    assert there["Arn"].split(":")[5] == f"assumed-role/{deploy.rpartition('/')[2]}/test"


def test_an_administrator_of_another_account_is_not_admitted(accounts):
    pipeline = accounts.make_role(TOOLING, f"arn:aws:iam::{TOOLING}:root")
    deploy = accounts.make_role(STAGING, pipeline)
    for account in (TOOLING, STAGING):
        with pytest.raises(ClientError, match="AccessDenied") as refusal:
            accounts.assume(accounts.administrator(account), deploy)
        assert f"arn:aws:iam::{account}:root is not authorized" in str(refusal.value)


def test_a_role_is_looked_for_in_the_account_that_its_arn_names(accounts):
    here = accounts.make_role(TOOLING, f"arn:aws:iam::{TOOLING}:root")
    there = here.replace(TOOLING, STAGING)
    with pytest.raises(ClientError, match="there is no such role"):
        accounts.assume(accounts.administrator(TOOLING), there)


def test_a_session_that_nobody_knows_is_expired(accounts):
    role = accounts.make_role(TOOLING, "*")
    stranger = accounts.sts(
        aws_access_key_id="ASIA" + "A" * 16,
        **dict.fromkeys(("aws_secret_access_key", "aws_session_token"), "any"),
    )
    with pytest.raises(ClientError, match="ExpiredToken"):
        accounts.assume(stranger, role)
