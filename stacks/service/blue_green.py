"""The ECS service, its two target groups, and the rules that send traffic to one of them."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from slipway.settings import Names, Service
from slipway.settings.lock import CreationValues
from slipway_constructs.blue_green import BlueGreenService, CreatedWith, HealthCheck
from slipway_constructs.listeners import Listeners
from slipway_constructs.network import Network
from slipway_constructs.task import Task
from slipway_constructs.traffic_rule import TrafficRuleProvider
from stacks.service.data_protection import DataProtection


def add_blue_green_service(
    scope: Construct,
    names: Names,
    service: Service,
    *,
    created_with: CreationValues,
    network: Network,
    cluster: ecs.Cluster,
    listeners: Listeners,
    task: Task,
    data_protection: DataProtection,
) -> BlueGreenService:
    """Add the service that CodeDeploy releases, as it was created.

    Parameters
    ----------
    scope
        The service's stack.
    names, service
        The settings.
    created_with
        What CloudFormation can't change in a service that CodeDeploy owns.
    network, cluster
        Where it runs.
    listeners
        Its way in.
    task
        What it runs.
    data_protection
        How the logs of the rules' function are kept.
    """
    rule_provider = TrafficRuleProvider(
        scope,
        "TrafficRules",
        function_name=names.traffic_rule_function(service.name),
        listeners=listeners,
        log_retention=data_protection.log_retention,
        encryption=data_protection.encryption,
        removal_policy=data_protection.removal_policy,
    )
    return BlueGreenService(
        scope,
        "BlueGreen",
        service_name=service.name,
        cluster=cluster,
        vpc=network.vpc,
        subnets=ec2.SubnetSelection(
            subnet_group_name=network.private_subnets.subnet_group_name,
            availability_zones=list(created_with.availability_zones),
        ),
        task=task,
        port=created_with.port,
        listeners=listeners,
        rule_provider=rule_provider,
        health_check=_health_check(service),
        deregistration_delay=service.load_balancer.deregistration_delay,
        created_with=_created_with(created_with),
    )


def _health_check(service: Service) -> HealthCheck:
    check = service.health_check
    return HealthCheck(
        path=check.path,
        interval=check.interval,
        timeout=check.timeout,
        healthy_threshold=check.healthy_threshold,
        unhealthy_threshold=check.unhealthy_threshold,
    )


def _created_with(values: CreationValues) -> CreatedWith:
    return CreatedWith(
        desired_count=values.desired_count,
        strategy=[
            ecs.CapacityProviderStrategy(
                capacity_provider=entry.capacity_provider, base=entry.base, weight=entry.weight
            )
            for entry in values.capacity_provider_strategy
        ],
        platform_version=values.platform_version,
        placement=values.placement,
        execute_command=values.execute_command,
    )
