"""Nobody is trusted as everybody, as an account, or as a service of AWS for whoever uses it."""

import pytest

from policies.iam import trust, trusted
from policies.iam.reach import Reach
from policies.iam.statements import statements as read

ROOT = "arn:aws:iam::222222222222:root"
QUEUE = "arn:aws:sqs:eu-west-1:222222222222:q"


def findings(assembly):
    return list(trust.findings(read(assembly), Reach(assembly).roles))


def test_every_principal_is_bound_or_listed(iam):
    assert findings(iam) == []


def test_the_same_holds_for_names_that_are_alike(confusable):
    assert findings(confusable) == []


def test_every_entry_is_needed(statements, reach, confusable):
    # The project's own settings cache no base images.
    roles = [*reach.roles, *Reach(confusable).roles]
    assert trust.unused([*statements, *read(confusable)], roles) == set()


def test_every_reason_has_its_page():
    for reasons in (trusted.UNCONDITIONAL_SERVICES, trusted.WHOLE_ACCOUNTS, trusted.EVERYBODY):
        for entry, reason in reasons.items():
            assert reason.page.startswith("https://docs.aws.amazon.com/"), entry


def test_roles_ask_for_whom_the_service_acts_where_aws_documents_it(reach):
    asked = {
        use.kind
        for role in reach.roles
        for use in role.uses
        if all(
            each.condition("aws:SourceAccount") == (role.owner.account,)
            and each.condition("aws:SourceArn")
            for each in role.trust
        )
    }
    assert asked == {"deployment group", "execution role", "flow log", "project", "task role"}


def test_images_are_pulled_by_the_roles_of_their_own_service_only(statements):
    pulls = [each for each in statements if each.type == "AWS::ECR::Repository"]
    assert pulls
    for statement in pulls:
        (service,) = statement.condition("aws:PrincipalTag/slipway:service")
        (application,) = statement.condition("aws:PrincipalTag/slipway:application")
        assert (application, service) == ("shop", service)
    assert len({each.condition("aws:PrincipalTag/slipway:service") for each in pulls}) == 2


def queue_policy(principal, **elements):
    return {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [],
            "PolicyDocument": {
                "Statement": {
                    "Effect": "Allow",
                    "Action": "sqs:SendMessage",
                    "Resource": QUEUE,
                    "Principal": principal,
                    **elements,
                }
            },
        },
    }


@pytest.mark.parametrize(
    ("principal", "elements", "told"),
    [
        ("*", {}, "allowed to everybody"),
        ({"AWS": "*"}, {}, "allowed to everybody"),
        ({"AWS": ["arn:aws:iam::222222222222:role/r", "*"]}, {}, "allowed to everybody"),
        ({"AWS": ROOT}, {}, "whole account"),
        ({"AWS": "222222222222"}, {}, "whole account"),
        ({"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::333333333333:root"}}, {}, "333333333333"),
        ({"AWS": "arn:aws:iam::222222222222:role/*"}, {}, "no wildcard"),
        ({"Service": "events.amazonaws.com"}, {}, "whoever uses it"),
        ({"Federated": "accounts.google.com"}, {}, "no rule says who"),
        # Conditions that bind nothing.
        ("*", {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, "everybody"),
        ("*", {"Condition": {"StringNotEquals": {"aws:PrincipalAccount": "1"}}}, "everybody"),
        ("*", {"Condition": {"StringEqualsIfExists": {"aws:SourceAccount": "1"}}}, "everybody"),
        ("*", {"Condition": {"StringLike": {"aws:PrincipalAccount": "*"}}}, "everybody"),
        ({"AWS": ROOT}, {"Condition": {"Null": {"aws:PrincipalArn": "false"}}}, "whole account"),
        (
            {"Service": "events.amazonaws.com"},
            {"Condition": {"ArnLike": {"aws:SourceArn": "*"}}},
            "whoever uses it",
        ),
    ],
)
def test_trust_that_is_too_wide_is_told(principal, elements, told, assemble):
    policy = queue_policy(principal, **elements)
    (line,) = findings(assemble(shop_dev_web={"Policy": policy}))
    assert told in line


@pytest.mark.parametrize(
    ("principal", "condition"),
    [
        ("*", {"StringEquals": {"aws:PrincipalAccount": "222222222222"}}),
        ({"AWS": ROOT}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::222222222222:role/a"}}),
        ({"Service": "events.amazonaws.com"}, {"ArnEquals": {"aws:SourceArn": "arn:r"}}),
        ({"AWS": "arn:aws:iam::222222222222:role/a"}, {}),
    ],
)
def test_trust_that_is_bound_passes(principal, condition, assemble):
    policy = queue_policy(principal, **({"Condition": condition} if condition else {}))
    assert findings(assemble(shop_dev_web={"Policy": policy})) == []


def test_a_role_s_trust_is_looked_at(assemble, role):
    for principal, told in (
        ({"AWS": ROOT}, "whole account"),
        ("*", "everybody"),
        ({"Service": "ecs-tasks.amazonaws.com"}, "whoever uses it"),
    ):
        trusted = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
        (line,) = findings(assemble(shop_dev_web={"Role": role(trust=trusted)}))
        assert told in line


def test_a_key_may_trust_no_other_account(assemble):
    key = {
        "Type": "AWS::KMS::Key",
        "Properties": {
            "KeyPolicy": {
                "Statement": {
                    "Effect": "Allow",
                    "Action": "kms:*",
                    "Resource": "*",
                    "Principal": {"AWS": "arn:aws:iam::333333333333:root"},
                }
            }
        },
    }
    (line,) = findings(assemble(shop_dev_web={"Key": key}))
    assert "another account than its own" in line
