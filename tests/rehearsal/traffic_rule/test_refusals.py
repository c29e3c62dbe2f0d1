"""What is left of rules and traffic when the function can't do what it is asked."""

from __future__ import annotations

from typing import Any

import pytest

from rules import changes

RULE = "Custom::TrafficRule"
GREEN = {"blue": 0, "green": 100}
MID_SHIFT = {"blue": 90, "green": 10}


def other_priority(stack: Any, template: Any) -> None:
    for rule in stack.of(template, RULE).values():
        rule["Properties"]["Priority"] = "7"


@pytest.fixture
def refuse_in_rollback(own_stack: Any, load_balancing: Any) -> Any:
    """Let Elastic Load Balancing refuse the function from the moment the stack rolls back."""

    def refuse(code: str) -> None:
        load_balancing.refuse(code, lambda: "ROLLBACK" in own_stack.status())

    return refuse


@pytest.mark.parametrize("code", ["Throttling", "AccessDenied"])
def test_rollback_ends_well_although_the_rules_cannot_be_changed_back(
    own_stack: Any, load_balancing: Any, refuse_in_rollback: Any, traffic: Any,
    code: str,
) -> None:  # fmt: skip
    own_stack.shift(Production=MID_SHIFT, Test=GREEN)
    refuse_in_rollback(code)

    def change(template: Any) -> None:
        other_priority(own_stack, template)
        changes.add_failure(own_stack, template)

    with traffic(own_stack) as sent:
        assert own_stack.update(own_stack.changed(change)) == "UPDATE_ROLLBACK_COMPLETE"
        assert own_stack.weights("Production") == MID_SHIFT
        assert own_stack.weights("Test") == GREEN
        # The next update mends what the rollback could not.
        load_balancing.accept()
        again = own_stack.changed(lambda template: other_priority(own_stack, template))
        assert own_stack.update(again) == "UPDATE_COMPLETE"
        assert own_stack.weights("Production") == MID_SHIFT
    assert own_stack.rule("Production")["Priority"] == "7"
    assert sent.failures == []


def test_rollback_of_a_replaced_listener_ends_well_without_the_api(
    own_stack: Any, load_balancing: Any, refuse_in_rollback: Any, traffic: Any
) -> None:
    """The first rule still stands; the stack finds it again at its next update, by its tag."""
    own_stack.shift(Production=GREEN, Test=GREEN)
    before = own_stack.rules()
    refuse_in_rollback("AccessDenied")

    def change(template: Any) -> None:
        changes.rename_production_listener(own_stack, template)
        changes.add_failure(own_stack, template)

    with traffic(own_stack) as sent:
        assert own_stack.update(own_stack.changed(change)) == "UPDATE_ROLLBACK_COMPLETE"
        assert own_stack.rules() == before
        load_balancing.accept()
        again = own_stack.changed(lambda template: other_priority(own_stack, template))
        assert own_stack.update(again) == "UPDATE_COMPLETE", own_stack.reasons()
    assert sent.failures == []
    assert own_stack.weights("Production") == GREEN


def test_update_that_is_refused_goes_back_and_moves_nothing(
    own_stack: Any, load_balancing: Any, traffic: Any
) -> None:
    own_stack.shift(Production=GREEN, Test=GREEN)
    before = own_stack.rules()
    load_balancing.refuse("AccessDenied")
    changed = own_stack.changed(lambda template: other_priority(own_stack, template))
    with traffic(own_stack) as sent:
        assert own_stack.update(changed) == "UPDATE_ROLLBACK_COMPLETE"
    assert sent.failures == []
    assert own_stack.rules() == before
    assert any("says AccessDenied (AccessDenied)" in reason for reason in own_stack.reasons())


def test_rule_that_somebody_deleted_is_made_again_by_the_next_change_of_it(own_stack: Any) -> None:
    elbv2 = own_stack.aws.client("elbv2")
    elbv2.delete_rule(RuleArn=own_stack.rule("Production")["RuleArn"])
    assert own_stack.get()[0] == 503
    changed = own_stack.changed(lambda template: other_priority(own_stack, template))
    assert own_stack.update(changed) == "UPDATE_COMPLETE"
    assert own_stack.get() == (200, "blue")
    assert own_stack.weights("Production") == {"blue": 100, "green": 0}


# The end of a stack


@pytest.mark.parametrize("weights", [GREEN, MID_SHIFT], ids=["after a release", "in mid-shift"])
def test_deleted_stack_leaves_no_rule(own_stack: Any, weights: dict[str, int]) -> None:
    own_stack.shift(Production=weights, Test=GREEN)
    assert own_stack.delete() == "DELETE_COMPLETE", own_stack.reasons()
    assert_nothing_is_left(own_stack)


@pytest.mark.parametrize("what", ["rule", "listener"])
def test_stack_can_be_deleted_after_somebody_deleted_its(own_stack: Any, what: str) -> None:
    elbv2 = own_stack.aws.client("elbv2")
    rule = own_stack.rule("Production")["RuleArn"]
    if what == "rule":
        elbv2.delete_rule(RuleArn=rule)
    else:
        elbv2.delete_listener(
            ListenerArn=rule.rpartition("/")[0].replace(":listener-rule/", ":listener/")
        )
    assert own_stack.delete() == "DELETE_COMPLETE", own_stack.reasons()
    assert_nothing_is_left(own_stack)


@pytest.mark.parametrize("code", ["RuleNotFound", "AccessDenied"])
def test_stack_can_be_deleted_although_its_rules_cannot(
    own_stack: Any, load_balancing: Any, code: str
) -> None:
    """They go with their listeners."""
    load_balancing.refuse(code)
    assert own_stack.delete() == "DELETE_COMPLETE", own_stack.reasons()
    assert_nothing_is_left(own_stack)


def assert_nothing_is_left(stack: Any) -> None:
    elbv2 = stack.aws.client("elbv2")
    balancers = elbv2.describe_load_balancers()["LoadBalancers"]
    groups = elbv2.describe_target_groups()["TargetGroups"]
    assert stack.load_balancer not in [each["LoadBalancerArn"] for each in balancers]
    assert not {each["TargetGroupArn"] for each in groups} & set(stack.target_groups.values())
    functions = stack.aws.client("lambda").list_functions()["Functions"]
    assert stack.name not in [each["FunctionName"] for each in functions]
    for rule in stack.known_rules:
        assert elbv2.describe_rules(RuleArns=[rule])["Rules"] == []
