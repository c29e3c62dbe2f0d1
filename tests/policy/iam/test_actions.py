"""Roles are allowed actions by their names, which exist, on resources and with keys they know."""

import re

import pytest

from policies.iam import actions, listed
from policies.iam.patterns import has_wildcard
from policies.iam.reference import find_action
from policies.iam.statements import statements as read

QUEUE = "arn:aws:sqs:eu-west-1:222222222222:q"


def test_every_action_is_named_and_real_and_fits_its_resources(statements):
    assert list(actions.findings(statements)) == []


def test_the_same_holds_for_names_that_are_alike(confusable):
    assert list(actions.findings(read(confusable))) == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ({"Action": "*", "Resource": QUEUE}, r"allows \*"),
        ({"Action": "sqs:*", "Resource": QUEUE}, r"allows sqs:\*"),
        ({"Action": "ecs:Submit*", "Resource": "*"}, r"allows ecs:Submit\*"),
        ({"Action": "sqs:Send?essage", "Resource": QUEUE}, "allows sqs:Send"),
        ({"NotAction": "iam:*", "Resource": "*"}, "NotAction allows or denies"),
        ({"Action": "sqs:SendMessage", "NotResource": QUEUE}, "NotResource allows or denies"),
        ({"Action": "sqs:SendMesage", "Resource": QUEUE}, "no action sqs:SendMesage"),
        ({"Action": "sqss:SendMessage", "Resource": QUEUE}, "no action sqss"),
        (
            {"Action": "ecs:DescribeTaskDefinition", "Resource": "arn:aws:ecs:::x"},
            "all resources or not at all",
        ),
        (
            {"Action": "sqs:SendMessage", "Resource": "arn:aws:ecs:eu-west-1:2:service/c/s"},
            "knows no resource like",
        ),
        (
            {
                "Action": "sqs:SendMessage",
                "Resource": QUEUE,
                "Condition": {"StringEquals": {"ecs:cluster": "c"}},
            },
            "knows no condition key ecs:cluster",
        ),
    ],
)
def test_what_breaks_the_rule_is_told(statement, told, assemble, role):
    (found, *_) = actions.findings(read(assemble(shop_dev_web={"Role": role(statement)})))
    assert re.search(told, found)


def test_a_policy_of_a_resource_names_its_actions_too(assemble):
    policy = {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [],
            "PolicyDocument": {
                "Statement": {
                    "Effect": "Allow",
                    "Action": "sqs:*",
                    "NotPrincipal": {"AWS": "x"},
                    "Resource": QUEUE,
                }
            },
        },
    }
    lines = list(actions.findings(read(assemble(shop_dev_web={"Policy": policy}))))
    assert len(lines) == 2
    assert "NotPrincipal" in lines[0]
    assert "allows sqs:*" in lines[1]


def test_each_wildcard_that_is_listed_is_needed(statements, confusable):
    # Interface endpoints are where there is no NAT; the project's own settings have NAT everywhere.
    used = {
        (each.type, action)
        for each in [*statements, *read(confusable)]
        if each.allows and each.kind == "resource"
        for action in each.actions
        if has_wildcard(action)
    }
    assert used == listed.ACTION_WILDCARDS.keys()
    keys = {
        (action, key)
        for each in statements
        for action in each.actions
        for _, key, _ in each.conditions
    }
    assert keys >= listed.KEYS_AS_AWS_WRITES.keys()


def test_each_action_on_which_pages_differ_is_used(statements):
    used = {action for each in statements for action in each.actions}
    assert used >= listed.PAGES_DIFFER.keys()
    # Else the rule about resources needs no exception.
    assert all(
        (action := find_action(name)) and not action.resources for name in listed.PAGES_DIFFER
    )
