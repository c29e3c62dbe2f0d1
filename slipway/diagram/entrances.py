"""Reading what templates say of a load balancer: names, firewall, ports, and whom it lets in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from slipway.diagram.estate import Block, Listener, Service
from slipway.diagram.network_reading import tier_of
from slipway.diagram.routes import test_listeners
from slipway.diagram.templates import Resource, Templates, text_of


def ways_in(templates: Templates, balancer: Resource, services: Iterable[Service]) -> Block:
    """Read a load balancer, in front of these services."""
    subnets = templates.all_referred_to(balancer.properties.get("Subnets"), balancer.stack)
    public = balancer.properties.get("Scheme") == "internet-facing"
    return Block(
        load_balancer=balancer,
        public=public,
        tier=tier_of(subnets, "Public" if public else "Private"),
        names=tuple(_names(templates, balancer)),
        firewall=next(_firewalls(templates, balancer), None),
        listeners=tuple(_listeners(templates, balancer)),
        admits=tuple(sorted(_admitted(templates, balancer))),
        services=tuple(services),
    )


def _names(templates: Templates, balancer: Resource) -> Iterable[tuple[str, str]]:
    for record in templates.of_type("AWS::Route53::RecordSet"):
        alias = record.properties.get("AliasTarget", {}).get("DNSName")
        if templates.refers_to(alias, record.stack) == balancer:
            yield text_of(record.properties["Name"]).rstrip("."), record.source


def _firewalls(templates: Templates, balancer: Resource) -> Iterator[Resource]:
    for each in templates.of_type("AWS::WAFv2::WebACLAssociation"):
        if templates.refers_to(each.properties.get("ResourceArn"), each.stack) == balancer:
            firewall = templates.refers_to(each.properties.get("WebACLArn"), each.stack)
            if firewall is not None:
                yield firewall


def _listeners(templates: Templates, balancer: Resource) -> list[Listener]:
    tests = test_listeners(templates)
    found = [
        _listener(each, is_test=each in tests)
        for each in templates.of_type("AWS::ElasticLoadBalancingV2::Listener")
        if templates.refers_to(each.properties.get("LoadBalancerArn"), each.stack) == balancer
    ]
    return sorted(found, key=lambda each: (each.is_test, each.redirects_to or "", each.port))


def _listener(resource: Resource, *, is_test: bool) -> Listener:
    properties = resource.properties
    redirects = [
        text_of(action["RedirectConfig"].get("Port"))
        for action in properties.get("DefaultActions", ())
        if "RedirectConfig" in action
    ]
    return Listener(
        resource,
        protocol=str(properties.get("Protocol", "HTTP")),
        port=int(properties.get("Port", 0)),
        redirects_to=redirects[0] if redirects else None,
        is_test=is_test,
    )


def _admitted(templates: Templates, balancer: Resource) -> set[str]:
    groups = set(
        templates.all_referred_to(balancer.properties.get("SecurityGroups"), balancer.stack)
    )
    rules: list[Mapping[str, Any]] = [
        rule for group in groups for rule in group.properties.get("SecurityGroupIngress", ())
    ]
    rules += [
        each.properties
        for each in templates.of_type("AWS::EC2::SecurityGroupIngress")
        if templates.refers_to(each.properties.get("GroupId"), each.stack) in groups
    ]
    return {text_of(rule[key]) for rule in rules for key in ("CidrIp", "CidrIpv6") if key in rule}
