"""Which listeners lead to which services."""

from __future__ import annotations

from slipway.diagram.templates import Resource, Templates


def test_listeners(templates: Templates) -> set[Resource]:
    """Return the listeners that CodeDeploy tries green with."""
    return {
        listener
        for group in templates.of_type("AWS::CodeDeploy::DeploymentGroup")
        for pair in group.properties.get("LoadBalancerInfo", {}).get("TargetGroupPairInfoList", ())
        for listener in templates.all_referred_to(pair.get("TestTrafficRoute"), group.stack)
    }


def route_to(
    templates: Templates, service: Resource
) -> tuple[Resource | None, tuple[Resource, ...]]:
    """Return the production listener that leads to a service, and its target groups.

    Of target groups there are two that take turns; the first is the one that the template names
    first, blue.
    """
    registered = {
        group
        for each in service.properties.get("LoadBalancers", ())
        if (group := templates.refers_to(each.get("TargetGroupArn"), service.stack))
    }
    tests = test_listeners(templates)
    for rule in templates.of_type("Custom::TrafficRule"):
        listener = templates.refers_to(rule.properties.get("ListenerArn"), rule.stack)
        groups = tuple(
            group
            for key in ("TargetGroupArn", "IdleTargetGroupArn")
            if (group := templates.refers_to(rule.properties.get(key), rule.stack))
        )
        if listener and listener not in tests and registered & set(groups):
            return listener, groups
    return None, tuple(sorted(registered, key=lambda group: group.source))
