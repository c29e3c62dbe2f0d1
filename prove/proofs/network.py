"""Endpoints, the firewall, listeners: what the network of nat: none needs."""

from __future__ import annotations

import json
from typing import Any

from prove.ground import CALLED, ENVIRONMENT, SERVICE
from prove.story import Story
from prove.verdict import Verdict, not_tried, proof, verdict

# slipway_constructs/listeners.py names it; a test compares.
SECURITY_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"


@proof(36, after="deploy", needs=("security policies",))
def security_policy(story: Story) -> Verdict:
    """The region knows the security policy of listeners with TLS."""
    elbv2 = story.place.client("elbv2")
    try:
        found = elbv2.describe_ssl_policies(Names=[SECURITY_POLICY])["SslPolicies"]
    except elbv2.exceptions.SSLPolicyNotFoundException as error:
        return verdict(False, str(error))
    return verdict(bool(found), f"{SECURITY_POLICY} is known in {story.place.region}")


@proof(45, 47, after="mid-shift", needs=("network",))
def without_nat(story: Story) -> Verdict:
    """Without NAT, tasks started on Fargate and EC2 and every hook did its work."""
    ended = {scene: story[scene].ended.status for scene in ("release", "ec2")}
    running = [
        task
        for service in (SERVICE, CALLED)
        for task in story["deploy"].note(f"tasks of {service}")
        if task["lastStatus"] == "RUNNING"
    ]
    return verdict(
        set(ended.values()) == {"Succeeded"} and bool(running),
        f"nat: none; {len(running)} tasks after the deployment, "
        + ", ".join(f"{scene} {status}" for scene, status in ended.items()),
    )


@proof(48, after="deploy", needs=("network",))
def endpoint_policies(story: Story) -> Verdict:
    """Endpoints whose policy we leave alone belong to services that take none."""
    services, endpoints = _services(story), _endpoints(story)
    ours = {name for name, endpoint in endpoints.items() if _is_ours(endpoint)}
    supported = {
        name for name in endpoints if services.get(name, {}).get("VpcEndpointPolicySupported")
    }
    possible = sorted(name.rpartition(".")[2] for name in supported - ours)
    return verdict(
        ours <= supported and not possible,
        f"{len(ours)} of {len(endpoints)} endpoints have our policy; "
        f"one would be possible on: {', '.join(possible) or 'none of the others'}",
    )


@proof(49, after="deploy", needs=("network",))
def endpoint_zones(story: Story) -> Verdict:
    """Every endpoint is offered in each zone of the environment."""
    zones = set(story.ground.settings.environment(ENVIRONMENT).availability_zones)
    services = _services(story)
    lacking = sorted(
        name
        for name, endpoint in _endpoints(story).items()
        if endpoint["VpcEndpointType"] == "Interface"
        and not zones <= set(services.get(name, {}).get("AvailabilityZones", ()))
    )
    return verdict(
        not lacking, f"in {', '.join(sorted(zones))}: lacking {', '.join(lacking) or 'none'}"
    )


@proof(35, after="release", needs=("firewall",))
def firewall_log(story: Story) -> Verdict:
    """A refused request reaches the firewall's log group."""
    logs = story.place.client("logs")
    group = story.ground.settings.names(ENVIRONMENT).firewall_logs
    events = logs.filter_log_events(logGroupName=group, limit=10)["events"]
    refused = story["release"].note("refused")
    if refused != 403:
        return not_tried(f"a body of 9 KB was answered with {refused}, so nothing was refused")
    return verdict(
        bool(events), f"{len(events)} events in {group}; one public load balancer, not two"
    )


def _endpoints(story: Story) -> dict[str, dict[str, Any]]:
    """Return the environment's endpoints by service name.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html
    """
    filters = [{"Name": "tag:slipway:environment", "Values": [ENVIRONMENT]}]
    pages = story.place.client("ec2").get_paginator("describe_vpc_endpoints")
    return {
        endpoint["ServiceName"]: endpoint
        for page in pages.paginate(Filters=filters)
        for endpoint in page["VpcEndpoints"]
    }


def _services(story: Story) -> dict[str, dict[str, Any]]:
    """Return what AWS says of the endpoints' services.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServices.html
    """
    names = list(_endpoints(story))
    details = story.place.client("ec2").describe_vpc_endpoint_services(ServiceNames=names)
    return {detail["ServiceName"]: detail for detail in details["ServiceDetails"]}


def _is_ours(endpoint: dict[str, Any]) -> bool:
    statements = json.loads(endpoint.get("PolicyDocument") or "{}").get("Statement", [])
    return any("Sid" in statement for statement in statements)
