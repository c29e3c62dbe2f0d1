from typing import Any

import pytest
from aws_cdk import aws_ec2 as ec2

from slipway_constructs.listeners import Listeners, PlainHttp, Tls

INGRESS = "AWS::EC2::SecurityGroupIngress"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
CERTIFICATE = "arn:aws:acm:eu-west-1:111111111111:certificate/0"


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


@pytest.fixture
def with_listeners(synthesise: Any, add_load_balancer: Any) -> Any:
    """Synthesise a load balancer with one service's listeners."""

    def run(transport: Tls | PlainHttp, scheme: str = "internet-facing") -> Any:
        def add(stack: Any) -> None:
            Listeners(
                stack,
                "Listeners",
                load_balancer=add_load_balancer(stack, scheme=scheme),
                transport=transport,
                port=443,
                test_port=9000,
            )

        return synthesise(add)

    return run


def test_with_tls_both_listeners_take_1_2_or_better_and_the_certificate(
    with_listeners: Any,
) -> None:
    """Both, so that what a hook tests is what callers get."""
    listeners = with_listeners(Tls(certificate=CERTIFICATE)).each(LISTENER)
    assert sorted(listener["Port"] for listener in listeners) == [443, 9000]
    for listener in listeners:
        assert listener["Protocol"] == "HTTPS"
        assert listener["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
        assert listener["Certificates"] == [{"CertificateArn": CERTIFICATE}]


def test_plain_http_says_why_where_it_is_spoken(with_listeners: Any) -> None:
    template = with_listeners(PlainHttp(because="A test has no callers."))
    for listener in template.of(LISTENER).values():
        assert listener["Properties"]["Protocol"] == "HTTP"
        assert listener["Metadata"]["slipway:plain-http"] == "A test has no callers."
        for skip in listener["Metadata"]["checkov"]["skip"]:
            assert skip["comment"].endswith("plain_http: A test has no callers.")


def test_nobody_is_admitted_to_the_test_port_until_somebody_asks(with_listeners: Any) -> None:
    template = with_listeners(Tls(certificate=CERTIFICATE))
    (opened,) = template.each(INGRESS)
    assert (opened["FromPort"], opened["ToPort"], opened["CidrIp"]) == (443, 443, "0.0.0.0/0")
    group = template.named("LoadBalancerSecurityGroup", "AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group


def test_an_internal_load_balancer_opens_nothing(with_listeners: Any) -> None:
    assert not with_listeners(Tls(certificate=CERTIFICATE), scheme="internal").of(INGRESS)


def test_a_caller_is_admitted_in_its_own_stack(tmp_path: Any, add_load_balancer: Any) -> None:
    """The called service's stack names none of its callers."""
    from aws_cdk import App, Stack
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk.assertions import Template

    app = App(outdir=str(tmp_path), analytics_reporting=False)
    called, caller = Stack(app, "Called"), Stack(app, "Caller")
    vpc = ec2.Vpc(called, "Vpc", nat_gateways=0, restrict_default_security_group=False)
    listeners = Listeners(
        called,
        "Listeners",
        load_balancer=add_load_balancer(called, vpc=vpc),
        transport=Tls(certificate=CERTIFICATE),
        port=8443,
        test_port=9000,
    )
    tasks = ec2.SecurityGroup(caller, "Tasks", vpc=vpc)
    listeners.admit(caller, "ToWeb", caller=tasks, description="From shop to web")
    assert not Template.from_stack(called).find_resources(INGRESS)
    (rule,) = Template.from_stack(caller).find_resources(INGRESS).values()
    assert (rule["Properties"]["FromPort"], rule["Properties"]["ToPort"]) == (8443, 8443)
    assert "Fn::ImportValue" in rule["Properties"]["GroupId"]


@pytest.mark.parametrize("scheme", ["internal", "internet-facing"])
def test_comparing_functions_reach_production_and_no_other_port(
    synthesise: Any, add_load_balancer: Any, scheme: str
) -> None:
    def add(stack: Any) -> None:
        listeners = Listeners(
            stack,
            "Listeners",
            load_balancer=add_load_balancer(stack, scheme=scheme),
            transport=Tls(certificate=CERTIFICATE),
            port=443,
            test_port=9000,
        )
        hooks = ec2.SecurityGroup.from_security_group_id(
            stack, "Hooks", "sg-hooks", allow_all_outbound=False
        )
        listeners.admit_to_production_port(hooks)

    template = synthesise(add)
    (out,) = template.each("AWS::EC2::SecurityGroupEgress")
    assert (out["GroupId"], out["FromPort"], out["ToPort"]) == ("sg-hooks", 443, 443)
    admitted = [
        rule for rule in template.each(INGRESS) if rule.get("SourceSecurityGroupId") == "sg-hooks"
    ]
    # Where everyone is admitted, one more rule would say nothing.
    assert len(admitted) == (scheme == "internal")
