"""Load balancers, and what goes out of them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from slipway.cost.counting import HOURS, KB_IN_A_GB, Count, Item, Month, Unknown
from slipway.cost.model import HOURS_IN_A_MONTH, Group, Span
from slipway.cost.resources import Resource

_GROUP = Group.LOAD_BALANCERS

# What a capacity unit holds; the dimension that needs most counts. Rules don't: the first ten
# of a request are free. https://aws.amazon.com/elasticloadbalancing/pricing/
_NEW_CONNECTIONS_A_SECOND = 25
_ACTIVE_CONNECTIONS = 3000
_GB_AN_HOUR = 1

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
_LOG_FILES_AN_HOUR = 12


def load_balancer(resource: Resource, month: Month) -> Iterator[Count]:
    """Price an Application Load Balancer."""
    if resource.get("Type", "application") != "application":
        yield Unknown(f"only Application Load Balancers are priced, not {resource['Type']} ones")
        return
    assumed = month.assumed
    zones = len(resource.get("Subnets", [])) or len(resource.get("SubnetMappings", [])) or 1
    moved = month.requests * assumed["response_kb"] / KB_IN_A_GB
    traffic = f"{assumed['requests_per_second']} requests a second of {assumed['response_kb']} KB"
    yield Item(_GROUP, "load balancers", HOURS, "alb.hour", "all hours of the month")
    yield Item(
        _GROUP,
        "capacity units",
        _capacity_units(month, moved) * HOURS,
        "alb.lcu-hour",
        f"{traffic}, {assumed['requests_per_connection']} on a connection",
    )
    if resource.get("Scheme", "internet-facing") == "internet-facing":
        yield Item(
            _GROUP,
            "public IPv4 addresses",
            HOURS * zones,
            "ipv4.hour",
            f"one in each of {zones} zones, as few as there are",
        )
        yield Item(_GROUP, "data to the internet", moved, "transfer-out.gb", traffic)
    attributes = {each["Key"]: each["Value"] for each in resource.get("LoadBalancerAttributes", [])}
    if attributes.get("access_logs.s3.enabled") == "true":
        yield Item(
            Group.STORAGE,
            "access log files",
            HOURS * (_LOG_FILES_AN_HOUR * zones),
            "s3.put-request",
            f"one every five minutes in each of {zones} zones",
        )


def _capacity_units(month: Month, moved_gb: Span) -> Span:
    """Return how many capacity units an hour takes, on average."""
    assumed = month.assumed
    opened = assumed["requests_per_second"] / assumed["requests_per_connection"]
    needs = (
        opened / _NEW_CONNECTIONS_A_SECOND,
        opened * assumed["connection_seconds"] / _ACTIVE_CONNECTIONS,
        moved_gb / HOURS_IN_A_MONTH / _GB_AN_HOUR,
    )
    zero = Decimal(0)
    return Span(
        max((each.low for each in needs), default=zero),
        max((each.high for each in needs), default=zero),
    )


def access_log_gb(month: Month, bucket: Resource) -> Span:
    """Return what load balancers write into a bucket in a month; nothing, if none writes."""
    writers = [
        each
        for each in month.inventory.of_type("AWS::ElasticLoadBalancingV2::LoadBalancer")
        if bucket in month.inventory.named(each.stack, each.get("LoadBalancerAttributes"))
    ]
    each = month.requests * month.assumed["access_log_kb_per_request"] / KB_IN_A_GB
    return each * len(writers)
