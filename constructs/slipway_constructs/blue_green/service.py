"""An ECS service that CodeDeploy owns after its creation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from aws_cdk import CfnResource, TimeZone
from aws_cdk import aws_applicationautoscaling as appscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

from slipway_constructs.hours import Hours
from slipway_constructs.listeners import Listeners
from slipway_constructs.task import Task
from slipway_constructs.traffic_rule import TrafficRule, TrafficRuleProvider
from slipway_constructs.values import duration, resource_of, tcp

# The names of the target groups at creation; they change places at each release.
COLORS = ("blue", "green")

_PLATFORM_VERSIONS = {
    "1.4.0": ecs.FargatePlatformVersion.VERSION1_4,
    "LATEST": ecs.FargatePlatformVersion.LATEST,
}

Placement = Literal["spread", "binpack"]


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How the load balancer finds out whether a task is well."""

    path: str
    interval: timedelta
    timeout: timedelta
    healthy_threshold: int
    unhealthy_threshold: int


@dataclass(frozen=True, kw_only=True)
class CreatedWith:
    """What a service was created with. Later wishes travel in the release's appspec.

    Attributes
    ----------
    desired_count
        The number of tasks; scaling owns it afterwards.
    strategy
        The capacity providers: those of Fargate, or one with an Auto Scaling group.
    platform_version
        Fargate's; none on EC2.
    placement
        How tasks are placed on instances; none on Fargate.
    execute_command
        Whether ECS Exec works in the tasks.
    """

    desired_count: int
    strategy: Sequence[ecs.CapacityProviderStrategy]
    platform_version: str | None = None
    placement: Placement | None = None
    execute_command: bool = False


class BlueGreenService(Construct):
    """A service, its two target groups and the traffic rules in front of them.

    CloudFormation can't update a service whose deployment controller is CODE_DEPLOY: a change of
    any property, tag or dependency in the template fails the whole stack (aws-cdk#25777,
    aws-cdk#36012). So the template says here what the service was *created* with, and nothing in
    it ever changes: the task definition is named by its family, the desired count is constant,
    the dependencies are listed by hand, and no tag reaches it.

    Parameters
    ----------
    scope, id_
        Where the service lives, and its name there.
    service_name
        The ECS service's name.
    cluster, vpc, subnets
        Where its tasks run.
    task
        What they run.
    port
        The port of the container behind the load balancer.
    listeners
        They get one traffic rule each.
    rule_provider
        The function that owns those rules.
    health_check, deregistration_delay
        How targets come, and how they go.
    created_with
        What never changes in its template.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        service_name: str,
        cluster: ecs.ICluster,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        task: Task,
        port: int,
        listeners: Listeners,
        rule_provider: TrafficRuleProvider,
        health_check: HealthCheck,
        deregistration_delay: timedelta,
        created_with: CreatedWith,
    ) -> None:
        super().__init__(scope, id_)
        self.target_groups = {
            color: self._target_group(color, vpc, port, health_check, deregistration_delay)
            for color in COLORS
        }
        self.target_group_names = {
            color: target_group.target_group_full_name
            for color, target_group in self.target_groups.items()
        }
        self.security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="The tasks of one service"
        )
        # Said by the tasks: of a load balancer in another stack both rules then stand in this one.
        self.security_group.connections.allow_from(
            listeners.load_balancer.security_group,
            tcp(port),
            "From the load balancer to the tasks",
        )
        blue, green = (self.target_groups[color].target_group_arn for color in COLORS)
        rules = [
            TrafficRule(
                self,
                id_,
                provider=rule_provider,
                listener=listener,
                first_target_group=blue,
                idle_target_group=green,
            )
            for id_, listener in (
                ("ProductionRule", listeners.production),
                ("TestRule", listeners.test),
            )
        ]
        self.service = self._service(
            created_with,
            service_name=service_name,
            cluster=cluster,
            task_definition=task.definition,
            deployment_controller=ecs.DeploymentController(
                type=ecs.DeploymentControllerType.CODE_DEPLOY
            ),
            desired_count=created_with.desired_count,
            min_healthy_percent=100,
            max_healthy_percent=200,
            capacity_provider_strategies=list(created_with.strategy),
            vpc_subnets=subnets,
            security_groups=[self.security_group],
            assign_public_ip=False,
            health_check_grace_period=duration(timedelta(seconds=60)),
            # The service itself carries no tag; its tasks' cost is told by their definition's.
            propagate_tags=ecs.PropagatedTagSource.TASK_DEFINITION,
            enable_ecs_managed_tags=True,
            # A rebalancing in mid-shift is a scaling event, which can fail the deployment.
            availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.DISABLED,
            enable_execute_command=created_with.execute_command or None,
        )
        self.target_groups["blue"].add_target(self.service)
        self._freeze_dependencies(
            task.resource,
            resource_of(task.execution_role.policy),
            *(rule.resource for rule in rules),
        )

    def scale_on_cpu(
        self, *, min_tasks: int, max_tasks: int, target_percent: int, hours: Hours | None = None
    ) -> None:
        """Keep the tasks' CPU use near a target; outside of the hours there are no tasks.

        Requests per target are not for blue/green: that metric belongs to one target group, and
        the live one changes at each release.
        """
        scaling = self.service.auto_scale_task_count(min_capacity=min_tasks, max_capacity=max_tasks)
        scaling.scale_on_cpu_utilization("Cpu", target_utilization_percent=target_percent)
        if hours is not None:
            for id_, moment, fewest, most in (
                ("Open", hours.start, min_tasks, max_tasks),
                ("Close", hours.end, 0, 0),
            ):
                scaling.scale_on_schedule(
                    id_,
                    schedule=appscaling.Schedule.cron(
                        week_day=",".join(hours.days).upper(),
                        hour=str(moment.hour),
                        minute=str(moment.minute),
                    ),
                    time_zone=TimeZone.of(hours.time_zone),
                    min_capacity=fewest,
                    max_capacity=most,
                )

    def _service(self, created_with: CreatedWith, **properties: Any) -> ecs.BaseService:
        if created_with.platform_version is not None:
            return ecs.FargateService(
                self,
                "Service",
                platform_version=_PLATFORM_VERSIONS[created_with.platform_version],
                **properties,
            )
        # The cluster's capacity has a stack of its own: it stays as long as this service does.
        return ecs.Ec2Service(
            self,
            "Service",
            placement_strategies=_placement_strategies(created_with.placement or "spread"),
            **properties,
        )

    def _target_group(
        self,
        color: str,
        vpc: ec2.IVpc,
        port: int,
        health_check: HealthCheck,
        deregistration_delay: timedelta,
    ) -> elbv2.ApplicationTargetGroup:
        return elbv2.ApplicationTargetGroup(
            self,
            color.capitalize(),
            vpc=vpc,
            port=port,
            protocol=elbv2.ApplicationProtocol.HTTP,
            target_type=elbv2.TargetType.IP,
            deregistration_delay=duration(deregistration_delay),
            health_check=elbv2.HealthCheck(
                path=health_check.path,
                interval=duration(health_check.interval),
                timeout=duration(health_check.timeout),
                healthy_threshold_count=health_check.healthy_threshold,
                unhealthy_threshold_count=health_check.unhealthy_threshold,
            ),
        )

    def _freeze_dependencies(self, *dependencies: CfnResource) -> None:
        # The library adds a dependency whenever a role of the task gains a policy. Between two
        # templates that is a change of the service, so the list is fixed here.
        cfn_service = self.service.node.find_child("Service")
        assert isinstance(cfn_service, CfnResource)  # noqa: S101 - narrows the type
        cfn_service.add_override("DependsOn", [each.logical_id for each in dependencies])


def _placement_strategies(placement: Placement) -> list[ecs.PlacementStrategy]:
    """Give the order in which ECS compares the instances that have room for a task."""
    if placement == "binpack":
        return [ecs.PlacementStrategy.packed_by_memory()]
    return [
        ecs.PlacementStrategy.spread_across(ecs.BuiltInAttributes.AVAILABILITY_ZONE),
        ecs.PlacementStrategy.spread_across_instances(),
    ]
