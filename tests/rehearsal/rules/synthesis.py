"""Listeners, two target groups and two rules of ours: the smallest stack that has traffic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

NAME = "slipway-rules"
BUCKET = "rules-assets"
PORT, TEST_PORT = 8080, 9000
RULE = "Custom::TrafficRule"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"

Template = dict[str, Any]


@dataclass(frozen=True)
class Synthesised:
    """The templates that the CDK made, one for each transport, and the functions' code."""

    templates: dict[str, Template]
    assets: Path


def synthesise(directory: Path) -> Synthesised:
    import aws_cdk as cdk
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_elasticloadbalancingv2 as elbv2
    from aws_cdk import aws_logs as logs

    from slipway_constructs.access_logs import AccessLogs
    from slipway_constructs.encryption import EncryptionKey
    from slipway_constructs.listeners import Listeners, PlainHttp, Tls
    from slipway_constructs.load_balancer import LoadBalancer
    from slipway_constructs.traffic_rule import TrafficRule, TrafficRuleProvider

    app = cdk.App(
        outdir=str(directory),
        analytics_reporting=False,
        tree_metadata=False,
    )
    for id_, transport in (
        ("Http", PlainHttp(because="A test has no callers.")),
        ("Https", Tls(certificate="CERTIFICATE")),
    ):
        stack = cdk.Stack(
            app,
            id_,
            synthesizer=cdk.DefaultStackSynthesizer(
                file_assets_bucket_name=BUCKET, generate_bootstrap_version_rule=False
            ),
        )
        vpc = ec2.Vpc(
            stack, "Vpc", max_azs=2, nat_gateways=0, restrict_default_security_group=False
        )
        encryption = EncryptionKey(
            stack, "Key", alias=NAME, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        listeners = Listeners(
            stack,
            "Listeners",
            load_balancer=LoadBalancer(
                stack,
                "LoadBalancer",
                name=NAME,
                vpc=vpc,
                subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
                access_logs=AccessLogs(stack, "AccessLogs", retention=timedelta(days=7)),
                firewall_logs=logs.LogGroup(stack, "FirewallLogs"),
                scheme="internal",
                idle_timeout=timedelta(seconds=60),
                rate_limit=2000,
                deletion_protection=False,
                redirect_to=None,
            ),
            transport=transport,
            port=PORT,
            test_port=TEST_PORT,
        )
        blue, green = (
            elbv2.ApplicationTargetGroup(
                stack,
                color,
                vpc=vpc,
                port=8080,
                protocol=elbv2.ApplicationProtocol.HTTP,
                target_type=elbv2.TargetType.IP,
            ).target_group_arn
            for color in ("Blue", "Green")
        )
        provider = TrafficRuleProvider(
            stack,
            "TrafficRules",
            function_name=NAME,
            listeners=listeners,
            log_retention=timedelta(days=7),
            encryption=encryption,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        for rule, listener in (("Production", listeners.production), ("Test", listeners.test)):
            TrafficRule(
                stack,
                f"{rule}Rule",
                provider=provider,
                listener=listener,
                first_target_group=blue,
                idle_target_group=green,
            )
    assembly = app.synth()
    return Synthesised(
        {stack.stack_name.lower(): stack.template for stack in assembly.stacks}, directory
    )
