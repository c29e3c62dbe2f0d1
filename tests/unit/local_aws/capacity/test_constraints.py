"""Expressions of placement constraints."""

import pytest

from slipway.local_aws.capacity.constraints import ConstraintError, check, matches

ATTRIBUTES = {"ecs.instance-type": "m6i.large", "ecs.availability-zone": "us-east-1a"}


@pytest.mark.parametrize(
    ("expression", "meant"),
    [
        ("attribute:ecs.instance-type == m6i.large", True),
        ("attribute:ecs.instance-type != m6i.large", False),
        ("attribute:ecs.instance-type =~ m6[ia].*", True),
        ("attribute:ecs.instance-type !~ m6i.*", False),
        ("attribute:ecs.availability-zone in [us-east-1a, us-east-1b]", True),
        ("attribute:ecs.availability-zone !in [us-east-1a]", False),
        ("attribute:ecs.availability-zone not_in [us-east-1c]", True),
        ("attribute:missing == anything", False),
    ],
)
def test_expression_means_the_instances_that_it_says(expression, meant):
    assert matches(expression, ATTRIBUTES) is meant


@pytest.mark.parametrize(
    "expression",
    ["", "task:group == web", "attribute:a == b and attribute:c == d", "attribute:a exists"],
)
def test_expression_that_is_not_known_is_refused_by_its_text(expression):
    with pytest.raises(ConstraintError, match=r"Invalid expression"):
        check([{"type": "memberOf", "expression": expression}])


def test_unknown_kind_of_constraint_is_refused():
    with pytest.raises(ConstraintError, match="oneOf"):
        check([{"type": "distinctInstance"}, {"type": "oneOf"}])
