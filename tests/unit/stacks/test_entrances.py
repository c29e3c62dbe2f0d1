"""Ways in: a load balancer of a service's own or one that it shares, and the service's name."""

import json
from typing import Any

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
INGRESS = "AWS::EC2::SecurityGroupIngress"
RECORD = "AWS::Route53::RecordSet"


def test_a_service_on_a_shared_load_balancer_has_its_own_listeners_only(changed: Any) -> None:
    site, network = changed["shop-local-site"], changed["shop-local-network"]
    assert not site.of(BALANCER)
    assert not site.of("AWS::WAFv2::WebACL")
    assert network.only(BALANCER)["Scheme"] == "internet-facing"
    assert network.only("AWS::WAFv2::WebACL")["Name"] == "shop-local-shared-public"
    listeners = site.each("AWS::ElasticLoadBalancingV2::Listener")
    assert sorted(listener["Port"] for listener in listeners) == [8081, 9001]
    for listener in listeners:
        assert "PublicLoadBalancer" in listener["LoadBalancerArn"]["Fn::ImportValue"]


def test_the_network_stack_knows_no_service(changed: Any, network: Any) -> None:
    text = json.dumps(changed["shop-local-network"].template)
    for service in ("storefront", "Storefront", "site", "Site"):
        assert service not in text
    assert not changed["shop-local-network"].of(INGRESS)
    assert not network.of(BALANCER)


def test_the_ports_of_a_shared_load_balancer_are_opened_by_the_service(changed: Any) -> None:
    site = changed["shop-local-site"]
    opened = {
        (rule["FromPort"], rule.get("CidrIp"))
        for rule in site.each(INGRESS)
        if "PublicLoadBalancer" in json.dumps(rule["GroupId"])
    }
    assert opened == {(8081, "0.0.0.0/0"), (9001, None)}
    (way_out,) = [
        rule
        for rule in site.each("AWS::EC2::SecurityGroupEgress")
        if "PublicLoadBalancer" in json.dumps(rule["GroupId"])
    ]
    assert way_out["FromPort"] == 8000


def test_roles_of_a_service_reach_none_of_another_s_listeners(changed: Any) -> None:
    """On a load balancer of its own all listeners are its own; on a shared one, only two are."""
    site = changed["shop-local-site"]
    own = site.of("AWS::ElasticLoadBalancingV2::Listener").keys()
    reached = {"DeploymentRole": set(), "TrafficRulesRole": set()}
    for role, listeners in reached.items():
        for statement in site.statements(role):
            if "elasticloadbalancing" not in json.dumps(statement["Action"]):
                continue
            if "Describe" in json.dumps(statement["Action"]):
                continue
            for resource in statement["Resource"]:
                (listener,) = [name for name in own if name in json.dumps(resource)]
                listeners.add(listener)
                assert "LoadBalancerFullName" not in json.dumps(resource)
    assert all(listeners == own for listeners in reached.values())


def test_a_service_has_a_name_in_the_environment_s_private_zone(
    storefront: Any, network: Any, changed: Any
) -> None:
    zone = network.only("AWS::Route53::HostedZone")
    assert zone["Name"] == "local.shop.internal."
    assert zone["VPCs"][0]["VPCId"] == {"Ref": network.only_id("AWS::EC2::VPC")}
    record = storefront.only(RECORD)
    assert (record["Name"], record["Type"]) == ("storefront.local.shop.internal", "A")
    assert "PrivateZone" in record["HostedZoneId"]["Fn::ImportValue"]
    assert record["AliasTarget"]["DNSName"] == {
        "Fn::GetAtt": [storefront.only_id(BALANCER), "DNSName"]
    }
    shared = changed["shop-local-site"].only(RECORD)
    assert shared["Name"] == "site.local.shop.internal"
    assert "PublicLoadBalancer" in shared["AliasTarget"]["DNSName"]["Fn::ImportValue"]
