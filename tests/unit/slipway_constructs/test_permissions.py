from typing import Any

import pytest

ALLOWED = "arn:aws:sqs:eu-west-1:111111111111:work"


def add_role(stack: Any, **changes: Any) -> Any:
    from slipway_constructs.permissions import Permission, ServiceRole

    return ServiceRole(
        stack,
        "Worker",
        **{
            "service": "lambda.amazonaws.com",
            "permissions": [Permission(["sqs:SendMessage"], [ALLOWED])],
            "wildcards": {},
        }
        | changes,
    )


def test_the_policy_is_there_before_the_role_and_goes_after_it(synthesise: Any) -> None:
    """What assumes the role then finds its permissions, whenever that is."""
    resources = synthesise(add_role)
    role = resources.only("AWS::IAM::Role")
    assert role["ManagedPolicyArns"] == [{"Ref": resources.only_id("AWS::IAM::ManagedPolicy")}]
    assert "Policies" not in role
    assert "Roles" not in resources.only("AWS::IAM::ManagedPolicy")


def test_conditions_are_kept(synthesise: Any) -> None:
    from slipway_constructs.permissions import Permission

    over_tls = {"Bool": {"aws:SecureTransport": "true"}}
    permissions = [Permission(["sqs:SendMessage"], [ALLOWED], over_tls)]
    resources = synthesise(lambda stack: add_role(stack, permissions=permissions))
    assert resources.statements("Worker") == [
        {
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": ALLOWED,
            "Condition": over_tls,
        }
    ]


def test_who_may_do_nothing_has_no_policy(synthesise: Any) -> None:
    resources = synthesise(lambda stack: add_role(stack, permissions=[]))
    assert "ManagedPolicyArns" not in resources.only("AWS::IAM::Role")
    assert not resources.of("AWS::IAM::ManagedPolicy")


def test_nobody_adds_to_a_role_by_the_way(synthesise: Any) -> None:
    """A grant of the library would be an inline policy that no review has seen."""
    from aws_cdk import aws_sqs as sqs

    def grant(stack: Any) -> None:
        sqs.Queue(stack, "Queue").grant_purge(add_role(stack))

    with pytest.raises(RuntimeError, match="already a Construct with name 'DefaultPolicy'"):
        synthesise(grant)


def test_what_the_library_would_add_to_a_closed_role_is_not_added(synthesise: Any) -> None:
    from aws_cdk import aws_sqs as sqs

    def grant(stack: Any) -> None:
        sqs.Queue(stack, "Queue").grant_purge(add_role(stack).without_policy_updates())

    resources = synthesise(grant)
    (statement,) = resources.statements("Worker")
    assert statement["Action"] == "sqs:SendMessage"
    assert not resources.of("AWS::IAM::Policy")
