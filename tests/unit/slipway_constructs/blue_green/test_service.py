"""The ECS service as CodeDeploy needs it: what its template says must never change."""

from typing import Any

import pytest

SERVICE = "AWS::ECS::Service"
LOG_GROUP = "arn:aws:logs:eu-west-1:111111111111:log-group:/shop/dev/exec"
KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"


def test_the_service_names_the_task_definition_s_family(storefront: Any) -> None:
    """A reference would name a revision, and each new revision would update the service."""
    family = storefront.only(SERVICE)["TaskDefinition"]
    assert family == "shop-local-storefront"
    assert storefront.only("AWS::ECS::TaskDefinition")["Family"] == family


def test_the_service_waits_for_a_constant_list_of_resources(storefront: Any) -> None:
    (resource,) = storefront.of(SERVICE).values()
    assert resource["DependsOn"] == [
        storefront.only_id("AWS::ECS::TaskDefinition"),
        *storefront.policies("TaskExecutionRole"),
        *storefront.of("Custom::TrafficRule"),
    ]
    assert len(resource["DependsOn"]) == 4


def test_a_policy_of_the_task_s_role_is_no_change_of_the_service(
    synthesise: Any, add_load_balancer: Any
) -> None:
    """The library adds a dependency whenever one of the task's roles gains a policy."""
    plain = synthesise(lambda stack: add_service(stack, add_load_balancer))
    granted = synthesise(lambda stack: add_service(stack, add_load_balancer, sessions=True))
    assert granted.statements("TaskTaskRole")
    assert granted.of(SERVICE) == plain.of(SERVICE)


def test_codedeploy_owns_the_service(storefront: Any) -> None:
    properties = storefront.only(SERVICE)
    assert properties["DeploymentController"] == {"Type": "CODE_DEPLOY"}
    # Both belong to ECS's own deployments and are refused with this controller.
    assert "DeploymentCircuitBreaker" not in properties["DeploymentConfiguration"]
    assert "Alarms" not in properties["DeploymentConfiguration"]


def test_ecs_moves_no_task_by_itself_during_a_shift(storefront: Any) -> None:
    assert storefront.only(SERVICE)["AvailabilityZoneRebalancing"] == "DISABLED"


def test_tasks_run_in_the_private_subnets_without_public_addresses(storefront: Any) -> None:
    network = storefront.only(SERVICE)["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network["AssignPublicIp"] == "DISABLED"
    assert len(network["Subnets"]) == 3
    assert all("PrivateSubnet" in subnet["Fn::ImportValue"] for subnet in network["Subnets"])


def test_tasks_admit_the_load_balancer_only(storefront: Any) -> None:
    assert "SecurityGroupIngress" not in storefront.named(
        "BlueGreenSecurityGroup", "AWS::EC2::SecurityGroup"
    )
    (rule,) = [
        rule
        for rule in storefront.each("AWS::EC2::SecurityGroupIngress")
        if rule["GroupId"]["Fn::GetAtt"][0].startswith("BlueGreenSecurityGroup")
    ]
    assert (rule["FromPort"], rule["ToPort"]) == (8080, 8080)
    assert rule["SourceSecurityGroupId"]["Fn::GetAtt"][0].startswith("LoadBalancerSecurityGroup")


def test_blue_and_green_are_alike(storefront: Any, changed: Any) -> None:
    blue, green = storefront.each("AWS::ElasticLoadBalancingV2::TargetGroup")
    assert blue == green
    assert blue["TargetType"] == "ip"
    assert (blue["HealthCheckPath"], blue["HealthCheckIntervalSeconds"]) == ("/health", 10)
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "30"} in (
        blue["TargetGroupAttributes"]
    )
    for group in changed["shop-local-storefront"].each("AWS::ElasticLoadBalancingV2::TargetGroup"):
        assert group["HealthCheckPath"] == "/version"


def test_scaling_follows_the_tasks_cpu_and_no_target_group(storefront: Any) -> None:
    """Requests per target belong to one group, and the live one changes at each release."""
    target = storefront.only("AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 6)
    policy = storefront.only("AWS::ApplicationAutoScaling::ScalingPolicy")
    tracking = policy["TargetTrackingScalingPolicyConfiguration"]
    assert tracking["TargetValue"] == 60
    assert tracking["PredefinedMetricSpecification"] == {
        "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
    }


@pytest.mark.parametrize(
    ("placement", "strategies"),
    [
        (
            "spread",
            [
                {"Type": "spread", "Field": "attribute:ecs.availability-zone"},
                {"Type": "spread", "Field": "instanceId"},
            ],
        ),
        ("binpack", [{"Type": "binpack", "Field": "MEMORY"}]),
    ],
)
def test_a_service_on_instances_is_as_frozen_as_one_on_fargate(
    synthesise: Any, add_load_balancer: Any, placement: str, strategies: list[dict[str, str]]
) -> None:
    template = synthesise(lambda stack: add_service(stack, add_load_balancer, placement=placement))
    (resource,) = template.of(SERVICE).values()
    properties = resource["Properties"]
    assert properties["TaskDefinition"] == "shop-dev-web"
    assert properties["DeploymentController"] == {"Type": "CODE_DEPLOY"}
    assert properties["PlacementStrategies"] == strategies
    assert properties["CapacityProviderStrategy"][0]["CapacityProvider"] == "instances"
    assert "PlatformVersion" not in properties
    assert "LaunchType" not in properties
    assert properties["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] == "DISABLED"
    assert template.only("AWS::ECS::TaskDefinition")["RequiresCompatibilities"] == ["EC2"]
    assert len(resource["DependsOn"]) == 4


def test_a_shell_in_a_task_is_asked_for_and_narrow(synthesise: Any, add_load_balancer: Any) -> None:
    template = synthesise(
        lambda stack: add_service(stack, add_load_balancer, sessions=True, execute_command=True)
    )
    assert template.only(SERVICE)["EnableExecuteCommand"] is True
    on_all, on_streams, on_key = template.statements("TaskTaskRole")
    assert on_all["Action"] == [
        "logs:DescribeLogGroups",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ]
    assert on_streams["Resource"] == f"{LOG_GROUP}:*"
    assert (on_key["Action"], on_key["Resource"]) == ("kms:Decrypt", KEY)
    plain = synthesise(lambda stack: add_service(stack, add_load_balancer))
    assert "EnableExecuteCommand" not in plain.only(SERVICE)


def test_outside_of_office_hours_there_are_no_tasks(
    synthesise: Any, add_load_balancer: Any
) -> None:
    template = synthesise(lambda stack: add_service(stack, add_load_balancer, hours=True))
    actions = template.only("AWS::ApplicationAutoScaling::ScalableTarget")["ScheduledActions"]
    capacity = {
        action["Schedule"]: action["ScalableTargetAction"]
        for action in actions
        if action["Timezone"] == "Europe/Dublin"
    }
    assert capacity == {
        "cron(30 7 ? * MON,TUE *)": {"MinCapacity": 2, "MaxCapacity": 4},
        "cron(0 20 ? * MON,TUE *)": {"MinCapacity": 0, "MaxCapacity": 0},
    }


def add_service(
    stack: Any,
    add_load_balancer: Any,
    *,
    sessions: bool = False,
    placement: Any = None,
    execute_command: bool = False,
    hours: bool = False,
) -> None:
    from datetime import time, timedelta

    from aws_cdk import RemovalPolicy
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_ecs as ecs
    from aws_cdk import aws_logs as logs

    from slipway_constructs.blue_green import BlueGreenService, CreatedWith, HealthCheck
    from slipway_constructs.encryption import EncryptionKey
    from slipway_constructs.exec_sessions import ExecSessions
    from slipway_constructs.hours import Hours
    from slipway_constructs.listeners import Listeners, PlainHttp
    from slipway_constructs.task import Task
    from slipway_constructs.traffic_rule import TrafficRuleProvider

    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, restrict_default_security_group=False)
    public = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
    task = Task(
        stack,
        "Task",
        family="shop-dev-web",
        container="web",
        image=ecs.ContainerImage.from_registry("web"),
        repository=None,
        platform="ec2" if placement else "fargate",
        cpu=256,
        memory_mib=512,
        architecture="arm64",
        port=8080,
        environment={},
        secrets={},
        log_group=logs.LogGroup(stack, "Logs"),
        stop_timeout=timedelta(seconds=60),
        roles_path="/shop/dev/tasks/",
        sessions=ExecSessions(log_group_arn=LOG_GROUP, encryption_key_arn=KEY)
        if sessions
        else None,
    )
    listeners = Listeners(
        stack,
        "Listeners",
        load_balancer=add_load_balancer(stack, vpc=vpc),
        transport=PlainHttp(because="A test has no callers."),
        port=80,
        test_port=9000,
    )
    service = BlueGreenService(
        stack,
        "BlueGreen",
        service_name="web",
        cluster=ecs.Cluster.from_cluster_attributes(
            stack, "Cluster", cluster_name="shop-dev", vpc=vpc, has_ec2_capacity=bool(placement)
        ),
        vpc=vpc,
        subnets=public,
        task=task,
        port=8080,
        listeners=listeners,
        rule_provider=TrafficRuleProvider(
            stack,
            "Rules",
            function_name="rules",
            listeners=listeners,
            log_retention=timedelta(days=7),
            encryption=EncryptionKey(
                stack, "Key", alias="web", removal_policy=RemovalPolicy.DESTROY
            ),
            removal_policy=RemovalPolicy.DESTROY,
        ),
        health_check=HealthCheck(
            path="/health",
            interval=timedelta(seconds=10),
            timeout=timedelta(seconds=5),
            healthy_threshold=2,
            unhealthy_threshold=2,
        ),
        deregistration_delay=timedelta(seconds=30),
        created_with=CreatedWith(
            desired_count=1,
            strategy=[
                ecs.CapacityProviderStrategy(
                    capacity_provider="instances" if placement else "FARGATE", weight=1
                )
            ],
            platform_version=None if placement else "1.4.0",
            placement=placement,
            execute_command=execute_command,
        ),
    )
    if hours:
        open_ = Hours(
            days=["mon", "tue"], start=time(7, 30), end=time(20), time_zone="Europe/Dublin"
        )
        service.scale_on_cpu(min_tasks=2, max_tasks=4, target_percent=60, hours=open_)
