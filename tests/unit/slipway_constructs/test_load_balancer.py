import json
from datetime import timedelta
from typing import Any

LISTENER = "AWS::ElasticLoadBalancingV2::Listener"


def test_listeners_forward_nothing_by_themselves(storefront: Any) -> None:
    """A default action that forwards is reset by a stack update, to what the template says."""
    listeners = storefront.each(LISTENER)
    assert sorted(listener["Port"] for listener in listeners) == [8080, 9000]
    for listener in listeners:
        (action,) = listener["DefaultActions"]
        assert action["Type"] == "fixed-response"
        assert action["FixedResponseConfig"]["StatusCode"] == "503"


def test_the_test_port_admits_the_hook_functions_only(storefront: Any, changed: Any) -> None:
    for template, port, events in (
        (storefront, 9000, "Hooks"),
        (changed["shop-local-api"], 9001, "Hooks"),
    ):
        admitted = [
            rule
            for rule in template.each("AWS::EC2::SecurityGroupIngress")
            if rule["FromPort"] <= port <= rule["ToPort"]
        ]
        (rule,) = admitted
        assert "CidrIp" not in rule
        assert rule["SourceSecurityGroupId"]["Fn::GetAtt"][0].startswith(events)
        for group in template.each("AWS::EC2::SecurityGroup"):
            for inline in group.get("SecurityGroupIngress", []):
                assert inline["IpProtocol"] == "tcp"
                assert not inline["FromPort"] <= port <= inline["ToPort"]


def test_an_internet_facing_load_balancer_opens_its_production_port(storefront: Any) -> None:
    balancer = storefront.only("AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Scheme"] == "internet-facing"
    assert all("PublicSubnet" in json.dumps(subnet) for subnet in balancer["Subnets"])
    group = storefront.named("LoadBalancerSecurityGroup", "AWS::EC2::SecurityGroup")
    assert [(rule["CidrIp"], rule["FromPort"]) for rule in group["SecurityGroupIngress"]] == [
        ("0.0.0.0/0", 8080)
    ]


def test_an_internal_load_balancer_is_private_and_opens_to_nobody(changed: Any) -> None:
    api = changed["shop-local-api"]
    balancer = api.only("AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Scheme"] == "internal"
    assert all("PrivateSubnet" in json.dumps(subnet) for subnet in balancer["Subnets"])
    group = api.named("LoadBalancerSecurityGroup", "AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group


def test_the_load_balancer_reaches_the_tasks_port_and_nothing_else(storefront: Any) -> None:
    group = storefront.named("LoadBalancerSecurityGroup", "AWS::EC2::SecurityGroup")
    assert "SecurityGroupEgress" not in group
    (way_out,) = [
        rule
        for rule in storefront.each("AWS::EC2::SecurityGroupEgress")
        if rule["GroupId"]["Fn::GetAtt"][0].startswith("LoadBalancerSecurityGroup")
    ]
    assert (way_out["FromPort"], way_out["ToPort"]) == (8080, 8080)
    assert way_out["DestinationSecurityGroupId"]["Fn::GetAtt"][0].startswith("BlueGreen")


def test_idle_connections_and_odd_headers_are_handled_as_stated(storefront: Any) -> None:
    attributes = {
        each["Key"]: each["Value"]
        for each in storefront.only("AWS::ElasticLoadBalancingV2::LoadBalancer")[
            "LoadBalancerAttributes"
        ]
    }
    assert attributes["idle_timeout.timeout_seconds"] == "60"
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"


def test_nobody_is_admitted_to_the_test_port_until_somebody_asks(synthesise: Any) -> None:
    from aws_cdk import aws_ec2 as ec2

    from slipway_constructs.access_logs import AccessLogs
    from slipway_constructs.load_balancer import LoadBalancer

    def add(stack: Any) -> None:
        vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, restrict_default_security_group=False)
        LoadBalancer(
            stack,
            "LoadBalancer",
            vpc=vpc,
            subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
            access_logs=AccessLogs(stack, "AccessLogs", retention=timedelta(days=7)),
            scheme="internet-facing",
            port=80,
            test_port=9000,
            idle_timeout=timedelta(seconds=60),
        )

    resources = synthesise(add)
    assert not resources.of("AWS::EC2::SecurityGroupIngress")
    (group,) = resources.each("AWS::EC2::SecurityGroup")
    assert [rule["FromPort"] for rule in group["SecurityGroupIngress"]] == [80]
