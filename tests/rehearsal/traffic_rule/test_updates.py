"""A stack update never moves traffic, whatever changes and whatever state traffic is in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rules import changes

LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
FUNCTION = "AWS::Lambda::Function"
RULE = "Custom::TrafficRule"
PORT, TEST_PORT, OTHER_PORT = 8080, 9000, 8081
BLUE, GREEN = {"blue": 100, "green": 0}, {"blue": 0, "green": 100}

# Weights of production and test rule, as CodeDeploy leaves them.
STATES = {
    "before any release": (BLUE, BLUE),
    "after a release": (GREEN, GREEN),
    "after a rollback": (GREEN, BLUE),
    "while green is tested": (BLUE, GREEN),
    "in mid-shift": ({"blue": 90, "green": 10}, GREEN),
}


def each(type_: str, **properties: Any) -> Callable[[Any, Any], None]:
    """Change properties of all resources of a type."""

    def change(stack: Any, template: Any) -> None:
        for resource in stack.of(template, type_).values():
            resource["Properties"].update(properties)

    return change


def certificate(stack: Any, template: Any) -> None:
    new = stack.request_certificate()
    for listener in stack.of(template, LISTENER).values():
        if listener["Properties"]["Protocol"] == "HTTPS":
            listener["Properties"]["Certificates"] = [{"CertificateArn": new}]
        else:
            # Without TLS there is none to change; the message of the default action is there.
            (action,) = listener["Properties"]["DefaultActions"]
            action["FixedResponseConfig"]["MessageBody"] = "Still no service.\n"


def function(stack: Any, template: Any) -> None:
    """Another version of the function that owns the rules, and a wider role."""
    for resource in stack.of(template, FUNCTION).values():
        resource["Properties"]["Description"] = "Another version"
        resource["Properties"]["MemorySize"] = 256


CHANGES: dict[str, Callable[[Any, Any], None]] = {
    "the listeners' attributes": each(
        LISTENER,
        ListenerAttributes=[
            {"Key": "routing.http.response.server.enabled", "Value": "false"},
        ],
    ),
    "the listeners' tags": each(LISTENER, Tags=[{"Key": "owner", "Value": "another team"}]),
    "the certificate": certificate,
    "the load balancer's attributes": each(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        LoadBalancerAttributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "55"}],
    ),
    "the target groups' health check and deregistration delay": each(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        HealthCheckPath="/another",
        HealthCheckIntervalSeconds=15,
        TargetGroupAttributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "5"}],
    ),
    "the rules' conditions": each(RULE, Paths=["/", "/shop/*"]),
    "the rules' priority": each(RULE, Priority="7"),
    "the rules' target groups, the wrong way round": lambda stack, template: [
        resource["Properties"].update(
            TargetGroupArn=resource["Properties"]["IdleTargetGroupArn"],
            IdleTargetGroupArn=resource["Properties"]["TargetGroupArn"],
        )
        for resource in stack.of(template, RULE).values()
    ],
    "the function": function,
}


def port(stack: Any, template: Any) -> None:
    for listener in stack.of(template, LISTENER).values():
        if listener["Properties"]["Port"] == PORT:
            listener["Properties"]["Port"] = OTHER_PORT


# What TLS could change is the listener; two states show it.
CASES = [("http", name) for name in STATES] + [
    ("https", "after a release"),
    ("https", "in mid-shift"),
]
in_every_state = pytest.mark.parametrize(("stack", "state"), CASES, indirect=True)


@pytest.fixture
def state(request: Any, stack: Any) -> tuple[dict[str, int], dict[str, int]]:
    """The weights of both rules, as CodeDeploy has set them."""
    production, test = STATES[request.param]
    stack.shift(Production=production, Test=test)
    return production, test


def weights(stack: Any) -> tuple[dict[str, int], dict[str, int]]:
    return stack.weights("Production"), stack.weights("Test")


@in_every_state
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_update_moves_no_traffic_and_costs_no_request(
    stack: Any, state: Any, traffic: Any, change: Any
) -> None:
    rules = stack.resources(RULE)
    with traffic(stack) as sent:
        changed = stack.changed(lambda template: change(stack, template))
        assert stack.update(changed) == "UPDATE_COMPLETE", stack.reasons()
        assert weights(stack) == state
    assert sent.failures == []
    assert stack.resources(RULE) == rules, "the rules are others"
    assert len(stack.rules()) == 2


@in_every_state
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_update_that_is_rolled_back_moves_no_traffic_and_costs_no_request(
    stack: Any, state: Any, traffic: Any, change: Any
) -> None:
    before = stack.rules()
    with traffic(stack) as sent:

        def change_and_fail(template: Any) -> None:
            change(stack, template)
            changes.add_failure(stack, template)

        assert stack.update(stack.changed(change_and_fail)) == "UPDATE_ROLLBACK_COMPLETE"
        assert weights(stack) == state
    assert sent.failures == []
    assert stack.rules() == before


@in_every_state
def test_changed_port_keeps_listener_rule_and_weights(stack: Any, state: Any, traffic: Any) -> None:
    rules = stack.resources(RULE)
    with traffic(stack) as sent:
        changed = stack.changed(lambda template: port(stack, template))
        assert stack.update(changed) == "UPDATE_COMPLETE", stack.reasons()
        assert weights(stack) == state
        assert stack.get(OTHER_PORT)[0] == 200
    assert stack.resources(RULE) == rules
    # Who asks the old port fails, by definition; the test listener goes on.
    assert sent.answers[TEST_PORT].failures == []


@in_every_state
def test_changed_port_comes_back_with_the_rollback(stack: Any, state: Any, traffic: Any) -> None:
    before = stack.rules()

    def change(template: Any) -> None:
        port(stack, template)
        changes.add_failure(stack, template)

    with traffic(stack) as sent:
        assert stack.update(stack.changed(change)) == "UPDATE_ROLLBACK_COMPLETE"
        assert weights(stack) == state
        assert stack.get(PORT)[0] == 200
    assert stack.rules() == before
    assert sent.answers[TEST_PORT].failures == []


@pytest.mark.parametrize(
    ("stack", "state"), [case for case in CASES if case[1] != "in mid-shift"], indirect=True
)
def test_replaced_listener_s_rule_begins_with_the_old_one_s_weights(
    stack: Any, state: Any, traffic: Any
) -> None:
    before = stack.resources(RULE)
    with traffic(stack) as sent:
        changed = stack.changed(
            lambda template: changes.rename_production_listener(stack, template)
        )
        assert stack.update(changed) == "UPDATE_COMPLETE", stack.reasons()
        assert weights(stack) == state
        assert stack.get(OTHER_PORT)[0] == 200
    assert sent.answers[TEST_PORT].failures == []
    # The old one went, with its listener.
    assert len(stack.rules()) == 2
    after = stack.resources(RULE)
    assert {name for name in before if before[name] != after[name]} == {
        name for name in before if name.startswith("Production")
    }


@in_every_state
def test_replaced_listener_that_is_rolled_back_leaves_the_old_rule_whole(
    stack: Any, state: Any, traffic: Any
) -> None:
    before, known = stack.rules(), stack.resources(RULE)

    def change(template: Any) -> None:
        changes.rename_production_listener(stack, template)
        changes.add_failure(stack, template)

    with traffic(stack) as sent:
        assert stack.update(stack.changed(change)) == "UPDATE_ROLLBACK_COMPLETE"
        assert weights(stack) == state
    assert sent.failures == [], "the old listener stands all the time"
    assert stack.rules() == before
    assert stack.resources(RULE) == known


@pytest.mark.parametrize("stack", ["http", "https"], indirect=True)
def test_listener_is_not_replaced_while_a_deployment_shifts_its_traffic(
    stack: Any, traffic: Any
) -> None:
    """The deployment goes on with the old listener: the copy would stay at 90 and 10 for ever."""
    state = STATES["in mid-shift"]
    stack.shift(Production=state[0], Test=state[1])
    before = stack.rules()
    with traffic(stack) as sent:
        changed = stack.changed(
            lambda template: changes.rename_production_listener(stack, template)
        )
        assert stack.update(changed) == "UPDATE_ROLLBACK_COMPLETE"
        assert weights(stack) == state
    assert sent.failures == []
    assert stack.rules() == before
    assert any("wait until the deployment has ended" in reason for reason in stack.reasons())
