"""What tests make of the template."""

from __future__ import annotations

from rules.stack import TrafficStack
from rules.synthesis import LISTENER, PORT, RULE, TEST_PORT, Template


def rename_production_listener(stack: TrafficStack, template: Template) -> None:
    """Give the production listener another logical id and another port: it is replaced.

    CloudFormation replaces a listener in place for another load balancer only, on which the same
    target groups could not be used; a port changes in place.
    """
    resources = template["Resources"]
    (old,) = [
        name
        for name, listener in stack.of(template, LISTENER).items()
        if listener["Properties"]["Port"] == PORT
    ]
    resources["Another"] = resources.pop(old)
    resources["Another"]["Properties"]["Port"] = PORT + 1
    for rule in stack.of(template, RULE).values():
        if rule["Properties"]["ListenerArn"] == {"Ref": old}:
            rule["Properties"]["ListenerArn"] = {"Ref": "Another"}


def add_failure(stack: TrafficStack, template: Template) -> None:
    """Add a resource that fails once all others are updated."""
    (balancer,) = stack.of(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    template["Resources"]["Failing"] = {
        "Type": LISTENER,
        "DependsOn": list(template["Resources"]),
        "Properties": {
            "LoadBalancerArn": {"Ref": balancer},
            # Its port is taken.
            "Port": TEST_PORT,
            "Protocol": "HTTP",
            "DefaultActions": [
                {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
            ],
        },
    }
