import json
from typing import Any

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"


def attributes(template: Any) -> dict[str, str]:
    return {
        each["Key"]: each["Value"] for each in template.only(BALANCER)["LoadBalancerAttributes"]
    }


def test_an_internet_facing_load_balancer_is_in_the_public_subnets(storefront: Any) -> None:
    balancer = storefront.only(BALANCER)
    assert balancer["Scheme"] == "internet-facing"
    assert all("PublicSubnet" in json.dumps(subnet) for subnet in balancer["Subnets"])


def test_an_internal_load_balancer_is_private_and_opens_to_nobody(changed: Any) -> None:
    api = changed["shop-local-api"]
    balancer = api.only(BALANCER)
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
    stated = attributes(storefront)
    assert stated["idle_timeout.timeout_seconds"] == "60"
    assert stated["routing.http.drop_invalid_header_fields.enabled"] == "true"


def test_who_keeps_the_data_cannot_delete_a_load_balancer_by_mistake(
    synthesise: Any, add_load_balancer: Any
) -> None:
    for protected in (True, False):
        template = synthesise(
            lambda stack, it=protected: add_load_balancer(stack, deletion_protection=it)
        )
        assert attributes(template)["deletion_protection.enabled"] == str(protected).lower()


def test_with_tls_port_80_leads_to_the_tls_port(synthesise: Any, add_load_balancer: Any) -> None:
    template = synthesise(
        lambda stack: add_load_balancer(stack, scheme="internet-facing", redirect_to=8443)
    )
    redirect = template.only(LISTENER)
    assert (redirect["Port"], redirect["Protocol"]) == (80, "HTTP")
    (action,) = redirect["DefaultActions"]
    assert action["RedirectConfig"] == {
        "Protocol": "HTTPS",
        "Port": "8443",
        "StatusCode": "HTTP_301",
    }
    (opened,) = template.named("LoadBalancerSecurityGroup", "AWS::EC2::SecurityGroup")[
        "SecurityGroupIngress"
    ]
    assert (opened["FromPort"], opened["ToPort"], opened["CidrIp"]) == (80, 80, "0.0.0.0/0")


def test_the_redirect_of_an_internal_load_balancer_is_open_to_nobody(
    synthesise: Any, add_load_balancer: Any
) -> None:
    template = synthesise(lambda stack: add_load_balancer(stack, redirect_to=443))
    assert template.only(LISTENER)["Port"] == 80
    group = template.named("LoadBalancerSecurityGroup", "AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group


def test_the_load_balancer_waits_until_its_access_log_may_be_written(
    synthesise: Any, add_load_balancer: Any
) -> None:
    """Switching the log on writes a test file."""
    template = synthesise(add_load_balancer)
    (balancer,) = template.of(BALANCER).values()
    assert template.only_id("AWS::S3::BucketPolicy") in balancer["DependsOn"]
