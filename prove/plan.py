"""What a run will make, take and cost, told before it makes anything."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from prove.ground import PREFIX
from prove.place import Place
from prove.scenes import CLEANING, DEPLOY, LANES, PREPARE
from prove.state import RESUME

# What is paid for by the hour, the month or the request, as the pages under
# https://aws.amazon.com/pricing/ say; the prices themselves differ by region and change.
_BILLABLE = {
    "AWS::EC2::VPCEndpoint": "interface endpoints, by zone and hour",
    "AWS::EC2::NatGateway": "NAT gateways, by the hour",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "load balancers, by the hour",
    "AWS::WAFv2::WebACL": "web ACLs and their rules, by the month",
    "AWS::KMS::Key": "keys, by the month",
    "AWS::SecretsManager::Secret": "secrets, by the month",  # pragma: allowlist secret: a price
    "AWS::CloudWatch::Alarm": "alarms, by the month",
    "AWS::CloudWatch::CompositeAlarm": "composite alarms, by the month",
    "AWS::CloudWatch::Dashboard": "dashboards, by the month",
    "AWS::Route53::HostedZone": "hosted zones, by the month",
}
_BY_USE = (
    "Fargate tasks, EC2 instances (six at most, m6i.large or so), by the second",
    "Container Insights, logs, Lambda calls, image storage, traffic between zones",
)


def planned_time() -> timedelta:
    """Return how long a run takes, by our estimate: nobody has measured it."""
    lanes = (sum((scene.planned for scene in lane), timedelta()) for lane in LANES)
    return PREPARE.planned + DEPLOY.planned + max(lanes) + CLEANING.planned


def billable(templates: Iterable[Mapping[str, Any]]) -> list[str]:
    """Say what the templates have that costs money, with its number."""
    counted: Counter[str] = Counter()
    for resource in _resources(templates):
        type_, properties = resource["Type"], resource.get("Properties", {})
        if type_ == "AWS::EC2::VPCEndpoint":
            # A gateway endpoint has no subnets, and costs nothing.
            counted[type_] += len(properties.get("SubnetIds", []))
        else:
            counted[type_] += 1
    return [f"{what}: {counted[type_]}" for type_, what in _BILLABLE.items() if counted[type_]]


def endpoint_services(templates: Iterable[Mapping[str, Any]]) -> list[str]:
    """Name the services of the templates' interface endpoints."""
    return sorted(
        resource["Properties"]["ServiceName"]
        for resource in _resources(templates)
        if resource["Type"] == "AWS::EC2::VPCEndpoint"
        and resource["Properties"].get("VpcEndpointType") == "Interface"
    )


def lines(place: Place, templates: list[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what a person should know before agreeing, 80 columns wide."""
    yield f"Account {place.account}, region {place.region}."
    yield ""
    yield from _wrapped(
        "What it makes: an environment of its own, with names that begin with "
        f"{PREFIX}, {sum(1 for _ in _resources(templates))} resources in {len(templates)} stacks; "
        "a load balancer that the internet reaches over plain HTTP; and it switches the account's "
        "ECS setting awsvpcTrunking on. It deletes all of it at the end, except for that setting, "
        "and keys, which AWS deletes weeks later."
    )
    yield ""
    yield "What is paid for:"
    for each in (*billable(templates), *_BY_USE):
        yield f"  {each}"
    yield from _wrapped(
        "Prices are AWS's to say: https://calculator.aws. What is priced by the month is charged "
        "for the time that it existed."
    )
    yield ""
    yield from _wrapped(
        f"How long: {planned_time().seconds // 60} minutes by our estimate; nobody has measured "
        "it. Deleting may take longer: AWS keeps a function's network interfaces for a while. "
        "Ctrl-C stops it, and it cleans up. After a kill: " + RESUME
    )


def _resources(templates: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for template in templates:
        yield from template.get("Resources", {}).values()


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 80, break_on_hyphens=False, break_long_words=False)
