"""Whom a role's trust policy admits."""

import json

import pytest

from slipway.local_aws.sts import Caller, Wish, refusal

ROLE = "arn:aws:iam::222222222222:role/deploy"
ROOT = Caller("arn:aws:iam::111111111111:root", "111111111111")
SESSION = Caller(
    "arn:aws:sts::111111111111:assumed-role/pipeline/run",
    "111111111111",
    "arn:aws:iam::111111111111:role/pipeline",
)
ACCOUNT = {"AWS": "arn:aws:iam::111111111111:root"}


def role(principal, *, action="sts:AssumeRole", effect="Allow", **condition):
    statement = {"Effect": effect, "Action": action, "Principal": principal}
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]}
    return {"Arn": ROLE, "AssumeRolePolicyDocument": json.dumps(document)}


@pytest.mark.parametrize(
    ("trusting", "caller"),
    [
        (role(ACCOUNT), ROOT),
        (role({"AWS": "111111111111"}), ROOT),
        (role(ACCOUNT), SESSION),
        (role({"AWS": "arn:aws:iam::111111111111:role/pipeline"}), SESSION),
        (role(ACCOUNT, ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/pipe*"}), SESSION),
        (role(ACCOUNT, Null={"sts:ExternalId": "true"}), ROOT),
    ],
)
def test_a_caller_whom_the_trust_policy_names_gets_the_role(trusting, caller):
    assert refusal(trusting, caller, Wish(ROLE)) is None


@pytest.mark.parametrize(
    ("trusting", "caller"),
    [
        (role({"AWS": "arn:aws:iam::333333333333:root"}), ROOT),
        (role({"AWS": "arn:aws:iam::111111111111:role/pipeline"}), ROOT),
        (role({"AWS": "arn:aws:iam::111111111111:role/other"}), SESSION),
        (role(ACCOUNT, ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/other"}), SESSION),
        (role(ACCOUNT, StringEquals={"sts:ExternalId": "secret"}), ROOT),
        (role(ACCOUNT, Null={"sts:ExternalId": "false"}), ROOT),
        (role(ACCOUNT, effect="Deny"), ROOT),
        (role(ACCOUNT, action="sts:TagSession"), ROOT),
    ],
)
def test_any_other_caller_does_not(trusting, caller):
    said = refusal(trusting, caller, Wish(ROLE))
    assert said is not None
    assert said.startswith(f"User: {caller.arn} is not authorized to perform: sts:AssumeRole")
    assert said.endswith("its trust policy does not admit this caller")


def test_an_administrator_is_no_service():
    assert refusal(role({"Service": "codebuild.amazonaws.com"}), ROOT, Wish(ROLE))


def test_the_external_id_of_the_request_counts():
    trusting = role(ACCOUNT, StringEquals={"sts:ExternalId": "secret"})
    assert refusal(trusting, ROOT, Wish(ROLE, external_id="secret")) is None


def test_tags_need_a_permission_of_their_own():
    wish = Wish(ROLE, tags={"team": "a"})
    assert "sts:TagSession" in str(refusal(role(ACCOUNT), ROOT, wish))
    both = role(ACCOUNT, action=["sts:AssumeRole", "sts:TagSession"])
    assert refusal(both, ROOT, wish) is None


def test_a_role_that_is_not_there_is_refused():
    assert str(refusal(None, ROOT, Wish(ROLE))).endswith("there is no such role")


def test_a_role_at_another_path_is_another_role():
    named = Wish("arn:aws:iam::222222222222:role/path/deploy")
    assert str(refusal(role(ACCOUNT), ROOT, named)).endswith("there is no such role")
