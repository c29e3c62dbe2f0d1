from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest


def add_network(stack: Any, nat: Any) -> None:
    from aws_cdk import RemovalPolicy

    from slipway_constructs.encryption import EncryptionKey
    from slipway_constructs.network import Network

    Network(
        stack,
        "Network",
        cidr="10.1.0.0/16",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        nat=nat,
        flow_log_name="/shop/dev/flow-logs",
        flow_log_retention=timedelta(days=7),
        encryption=EncryptionKey(stack, "Key", alias="k", removal_policy=RemovalPolicy.DESTROY),
        removal_policy=RemovalPolicy.DESTROY,
    )


def subnets(network: Any, kind: str) -> list[Any]:
    return [
        resource["Properties"]
        for name, resource in network.of("AWS::EC2::Subnet").items()
        if f"{kind}Subnet" in name
    ]


@pytest.mark.parametrize("kind", ["Public", "Private", "Isolated"])
def test_each_listed_zone_has_a_subnet_of_each_kind(network: Any, kind: str) -> None:
    zones = [subnet["AvailabilityZone"] for subnet in subnets(network, kind)]
    assert zones == ["us-east-1a", "us-east-1b", "us-east-1c"]


def test_a_zone_that_comes_later_moves_no_subnet(network: Any, changed: Any) -> None:
    """Another block would replace the subnet under the tasks that run in it."""
    after = changed["shop-local-network"].of("AWS::EC2::Subnet")
    for name, subnet in network.of("AWS::EC2::Subnet").items():
        for key in ("AvailabilityZone", "CidrBlock"):
            assert after[name]["Properties"][key] == subnet["Properties"][key]
    assert len(after) == len(network.of("AWS::EC2::Subnet")) + 3


def test_private_subnets_are_by_far_the_largest(network: Any) -> None:
    """With awsvpc every task takes an address, and blue/green twice as many."""
    (private,) = {ip_network(s["CidrBlock"]).num_addresses for s in subnets(network, "Private")}
    (public,) = {ip_network(s["CidrBlock"]).num_addresses for s in subnets(network, "Public")}
    assert private >= 8 * public


def test_no_subnet_hands_out_public_addresses_by_itself(network: Any) -> None:
    assert not any(s["MapPublicIpOnLaunch"] for s in network.each("AWS::EC2::Subnet"))


def test_isolated_subnets_have_no_way_out(network: Any) -> None:
    routed = [route["RouteTableId"]["Ref"] for route in network.each("AWS::EC2::Route")]
    assert any("PrivateSubnet" in table for table in routed)
    assert not any("Isolated" in table for table in routed)


def test_a_single_nat_gateway_serves_all_zones(network: Any) -> None:
    assert len(network.of("AWS::EC2::NatGateway")) == 1
    assert not [
        endpoint
        for endpoint in network.each("AWS::EC2::VPCEndpoint")
        if endpoint.get("VpcEndpointType") == "Interface"
    ]


def test_a_nat_gateway_per_zone_keeps_each_zone_independent(changed: Any) -> None:
    network = changed["shop-local-network"]
    assert len(network.of("AWS::EC2::NatGateway")) == 4
    ways_out = [
        route["NatGatewayId"]["Ref"]
        for route in network.each("AWS::EC2::Route")
        if "NatGatewayId" in route
    ]
    assert len(set(ways_out)) == 4


def test_without_nat_the_private_subnets_reach_every_aws_api_that_tasks_and_hooks_call(
    synthesise: Any,
) -> None:
    network = synthesise(lambda stack: add_network(stack, "none"))
    assert not network.of("AWS::EC2::NatGateway")
    endpoints = {
        endpoint["ServiceName"].removeprefix("com.amazonaws.eu-west-1."): endpoint
        for endpoint in network.each("AWS::EC2::VPCEndpoint")
        if endpoint["VpcEndpointType"] == "Interface"
    }
    assert endpoints.keys() == {
        "ecr.api", "ecr.dkr", "logs", "secretsmanager", "kms",
        "ec2", "ecs", "ecs-agent", "ecs-telemetry", "codedeploy",
        "elasticloadbalancing", "monitoring",
    }  # fmt: skip
    for endpoint in endpoints.values():
        assert endpoint["PrivateDnsEnabled"]
        assert len(endpoint["SubnetIds"]) == 2
        assert all("PrivateSubnet" in subnet["Ref"] for subnet in endpoint["SubnetIds"])
    admitted = network.named("Endpoints", "AWS::EC2::SecurityGroup")["SecurityGroupIngress"]
    assert [(rule["CidrIp"], rule["FromPort"], rule["ToPort"]) for rule in admitted] == [
        ("10.1.0.0/16", 443, 443)
    ]
    default_routes = [
        route
        for route in network.each("AWS::EC2::Route")
        if "PrivateSubnet" in route["RouteTableId"]["Ref"]
    ]
    assert default_routes == []


def test_image_layers_come_through_the_gateway_endpoint_of_s3(network: Any) -> None:
    endpoint = network.only("AWS::EC2::VPCEndpoint")
    assert endpoint["VpcEndpointType"] == "Gateway"
    assert ".s3" in str(endpoint["ServiceName"])
    assert len(endpoint["RouteTableIds"]) == 3
    assert all("PrivateSubnet" in table["Ref"] for table in endpoint["RouteTableIds"])


def test_all_traffic_is_logged_to_an_encrypted_log_group(network: Any) -> None:
    flow_log = network.only("AWS::EC2::FlowLog")
    assert flow_log["TrafficType"] == "ALL"
    group = network.template["Resources"][flow_log["LogGroupName"]["Ref"]]["Properties"]
    assert group["LogGroupName"] == "/shop/local/flow-logs"
    assert "KmsKeyId" in group


def test_the_default_security_group_admits_nothing(network: Any) -> None:
    assert len(network.of("Custom::VpcRestrictDefaultSG")) == 1
