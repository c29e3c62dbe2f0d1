"""Ways out of a network, and the addresses on the internet."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.cost.counting import HOURS, Count, Free, Item, Month
from slipway.cost.model import Group
from slipway.cost.resources import Resource

_GROUP = Group.NETWORK


def nat_gateway(_resource: Resource, month: Month) -> Iterator[Count]:
    """Price a NAT gateway: its hours, and its part of what goes through all of them."""
    gateways = len(month.inventory.of_type("AWS::EC2::NatGateway"))
    yield Item(_GROUP, "NAT gateways", HOURS, "nat.hour", "all hours of the month")
    yield Item(
        _GROUP,
        "data through NAT gateways",
        month.assumed["nat_gb"] / gateways,
        "nat.gb",
        f"{month.assumed['nat_gb']} GB through all of them",
    )


def elastic_ip(_resource: Resource, _month: Month) -> Iterator[Count]:
    """Price a public IPv4 address, which costs the same in use and idle."""
    yield Item(_GROUP, "public IPv4 addresses", HOURS, "ipv4.hour", "all hours of the month")


def endpoint(resource: Resource, month: Month) -> Iterator[Count]:
    """Price a VPC endpoint: those that are routes are free.

    See https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    """
    if resource.get("VpcEndpointType", "Gateway") == "Gateway":
        yield Free("a gateway endpoint is a route, and free")
        return
    zones = len(resource.get("SubnetIds", [])) or 1
    yield Item(
        _GROUP,
        "interface endpoints",
        HOURS * zones,
        "endpoint.hour",
        f"all hours of the month in each of {zones} zones",
    )
    yield Item(
        _GROUP,
        "data through endpoints",
        month.assumed["endpoint_gb"],
        "endpoint.gb",
        f"{month.assumed['endpoint_gb']} GB each",
    )
