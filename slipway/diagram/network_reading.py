"""Reading what templates say of a network."""

from __future__ import annotations

from collections.abc import Iterable

from slipway.diagram.estate import Network, Zone
from slipway.diagram.templates import Resource, Templates, text_of


def read(templates: Templates) -> Network:
    """Read a network; what isn't there is left out."""
    vpcs = templates.of_type("AWS::EC2::VPC")
    gateways = templates.of_type("AWS::EC2::InternetGateway")
    endpoints = [(_leads_to(each), each) for each in templates.of_type("AWS::EC2::VPCEndpoint")]
    return Network(
        vpc=vpcs[0] if vpcs else None,
        internet_gateway=gateways[0] if gateways else None,
        zones=tuple(_zones(templates)),
        endpoints=tuple(sorted(endpoints, key=lambda each: each[0])),
    )


def tier_of(subnets: Iterable[Resource], otherwise: str = "Private") -> str:
    """Return of which tier subnets are; the CDK's tag tells."""
    for subnet in subnets:
        tags = {each["Key"]: each["Value"] for each in subnet.properties.get("Tags", ())}
        if "aws-cdk:subnet-type" in tags:
            return str(tags["aws-cdk:subnet-type"])
    return otherwise


def _zones(templates: Templates) -> Iterable[Zone]:
    nat = {
        subnet: gateway
        for gateway in templates.of_type("AWS::EC2::NatGateway")
        if (subnet := templates.refers_to(gateway.properties.get("SubnetId"), gateway.stack))
    }
    zones: dict[str, dict[str, Resource]] = {}
    for subnet in templates.of_type("AWS::EC2::Subnet"):
        name = text_of(subnet.properties.get("AvailabilityZone"))
        zones.setdefault(name, {})[tier_of([subnet])] = subnet
    for name, subnets in sorted(zones.items()):
        gateways = {tier: nat[each] for tier, each in subnets.items() if each in nat}
        yield Zone(name, subnets, gateways)


def _leads_to(endpoint: Resource) -> str:
    """Return what an endpoint leads to: ``ecr.api`` of ``com.amazonaws.eu-west-1.ecr.api``."""
    name = text_of(endpoint.properties.get("ServiceName"))
    # The region may be a reference, which has no text.
    company, _, rest = name.removeprefix("com.").partition(".")
    region, _, service = rest.partition(".")
    return (service or region or company).lstrip(".")
