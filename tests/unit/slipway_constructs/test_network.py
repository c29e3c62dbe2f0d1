import json
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest


def add_network(stack: Any, nat: Any, endpoints: Sequence[str] = ()) -> None:
    from aws_cdk import RemovalPolicy

    from slipway_constructs.encryption import EncryptionKey
    from slipway_constructs.network import Network

    Network(
        stack,
        "Network",
        cidr="10.1.0.0/16",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        nat=nat,
        endpoints=endpoints,
        registry_account="222222222222",
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


def service_names(network: Any, kind: str) -> set[str]:
    return {
        str(endpoint["ServiceName"]).removeprefix("com.amazonaws.eu-west-1.")
        for endpoint in network.each("AWS::EC2::VPCEndpoint")
        if endpoint["VpcEndpointType"] == kind
    }


def test_without_nat_there_are_endpoints_instead(synthesise: Any) -> None:
    """Which ones, a policy test says."""
    network = synthesise(lambda stack: add_network(stack, "none"))
    assert not network.of("AWS::EC2::NatGateway")
    assert {"ecr.dkr", "secretsmanager", "ecs-agent"} < service_names(network, "Interface")
    routed = [route["RouteTableId"]["Ref"] for route in network.each("AWS::EC2::Route")]
    assert not any("PrivateSubnet" in table for table in routed)


def test_without_nat_a_load_balancer_may_still_face_the_internet(synthesise: Any) -> None:
    network = synthesise(lambda stack: add_network(stack, "none"))
    gateway = network.only_id("AWS::EC2::InternetGateway")
    ways_in = [
        route["RouteTableId"]["Ref"]
        for route in network.each("AWS::EC2::Route")
        if route.get("GatewayId") == {"Ref": gateway}
    ]
    assert len(ways_in) == 2
    assert all("PublicSubnet" in table for table in ways_in)


@pytest.mark.parametrize("nat", ["none", "single", "per-zone"])
def test_further_services_are_reached_without_the_internet(synthesise: Any, nat: str) -> None:
    network = synthesise(lambda stack: add_network(stack, nat, ["sqs", "dynamodb", "logs", "s3"]))
    assert {"sqs", "logs"} <= service_names(network, "Interface")
    assert (service_names(network, "Interface") == {"sqs", "logs"}) == (nat != "none")
    assert len(service_names(network, "Gateway")) == 2
    assert any("dynamodb" in name for name in service_names(network, "Gateway"))


@pytest.mark.parametrize("nat", ["single", "per-zone"])
def test_with_nat_nothing_is_paid_for_that_nobody_asked_for(synthesise: Any, nat: str) -> None:
    network = synthesise(lambda stack: add_network(stack, nat))
    assert service_names(network, "Interface") == set()
    assert not network.of("AWS::EC2::SecurityGroup")


def test_an_endpoint_stays_the_same_when_the_reason_for_it_changes(synthesise: Any) -> None:
    """A second one with the same private names can't be made before the first is gone."""
    asked_for = synthesise(lambda stack: add_network(stack, "single", ["logs"]))
    needed = synthesise(lambda stack: add_network(stack, "none"))
    (name,) = [each for each in asked_for.of("AWS::EC2::VPCEndpoint") if "Logs" in each]
    assert name in needed.of("AWS::EC2::VPCEndpoint")


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
    found = {}
    for resource in network.each("Custom::EmptyDefaultSecurityGroup"):
        _nothing, parts = resource["Create"]["Fn::Join"]
        call = json.loads("".join(part if isinstance(part, str) else "sg-1" for part in parts))
        assert call["parameters"]["GroupId"] == "sg-1"
        (found[call["action"]],) = call["parameters"]["IpPermissions"]
    assert found == {
        "revokeSecurityGroupEgress": {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        "revokeSecurityGroupIngress": {
            "IpProtocol": "-1",
            "UserIdGroupPairs": [{"GroupId": "sg-1"}],
        },
    }


def test_nothing_can_fill_the_default_security_group_again(network: Any) -> None:
    actions = [
        action
        for statement in network.statements("DefaultSecurityGroupRole")
        for action in statement["Action"]
    ]
    assert [action for action in actions if action.startswith("ec2:")] == [
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
    ]
