"""An ECS service that CodeDeploy owns after its creation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from aws_cdk import CfnResource, Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct, IConstruct

from slipway_constructs.load_balancer import LoadBalancer
from slipway_constructs.task import FargateTask
from slipway_constructs.traffic_rule import TrafficRule, TrafficRuleProvider

# The names of the target groups at creation; they change places at each release.
COLORS = ("blue", "green")

_PLATFORM_VERSIONS = {
    "1.4.0": ecs.FargatePlatformVersion.VERSION1_4,
    "LATEST": ecs.FargatePlatformVersion.LATEST,
}


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How the load balancer finds out whether a task is well."""

    path: str
    interval: timedelta
    timeout: timedelta
    healthy_threshold: int
    unhealthy_threshold: int


class BlueGreenService(Construct):
    """A Fargate service, its two target groups and the traffic rules in front of them.

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
    load_balancer
        Its listeners get one traffic rule each.
    rule_provider
        The function that owns those rules.
    health_check, deregistration_delay
        How targets come, and how they go.
    created_with_strategy, created_with_platform_version
        What the service was created with. Later wishes travel in the release's appspec.
    desired_count
        The number of tasks at creation; scaling owns it afterwards.
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
        task: FargateTask,
        port: int,
        load_balancer: LoadBalancer,
        rule_provider: TrafficRuleProvider,
        health_check: HealthCheck,
        deregistration_delay: timedelta,
        created_with_strategy: Sequence[ecs.CapacityProviderStrategy],
        created_with_platform_version: str,
        desired_count: int,
    ) -> None:
        super().__init__(scope, id_)
        self._load_balancer = load_balancer
        self.target_groups = {
            color: self._target_group(color, vpc, port, health_check, deregistration_delay)
            for color in COLORS
        }
        self.security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="The tasks of one service"
        )
        load_balancer.load_balancer.connections.allow_to(
            self.security_group, ec2.Port.tcp(port), "From the load balancer to the tasks"
        )
        rules = [
            TrafficRule(
                self,
                id_,
                provider=rule_provider,
                listener=listener,
                first_target_group=self.target_groups["blue"],
                idle_target_group=self.target_groups["green"],
            )
            for id_, listener in (
                ("ProductionRule", load_balancer.production_listener),
                ("TestRule", load_balancer.test_listener),
            )
        ]
        self.service = ecs.FargateService(
            self,
            "Service",
            service_name=service_name,
            cluster=cluster,
            task_definition=task.definition,
            deployment_controller=ecs.DeploymentController(
                type=ecs.DeploymentControllerType.CODE_DEPLOY
            ),
            desired_count=desired_count,
            min_healthy_percent=100,
            max_healthy_percent=200,
            capacity_provider_strategies=list(created_with_strategy),
            platform_version=_PLATFORM_VERSIONS[created_with_platform_version],
            vpc_subnets=subnets,
            security_groups=[self.security_group],
            assign_public_ip=False,
            health_check_grace_period=Duration.seconds(60),
            # The service itself carries no tag; its tasks' cost is told by their definition's.
            propagate_tags=ecs.PropagatedTagSource.TASK_DEFINITION,
            enable_ecs_managed_tags=True,
            # A rebalancing in mid-shift is a scaling event, which can fail the deployment.
            availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.DISABLED,
        )
        self.service.attach_to_application_target_group(self.target_groups["blue"])
        self._freeze_dependencies(
            task.definition,
            task.execution_role.node.find_child("DefaultPolicy"),
            *(rule.resource for rule in rules),
        )

    def scale_on_cpu(self, *, min_tasks: int, max_tasks: int, target_percent: int) -> None:
        """Keep the tasks' CPU use near a target.

        Requests per target are not for blue/green: that metric belongs to one target group, and
        the live one changes at each release.
        """
        self.service.auto_scale_task_count(
            min_capacity=min_tasks, max_capacity=max_tasks
        ).scale_on_cpu_utilization("Cpu", target_utilization_percent=target_percent)

    def _target_group(
        self,
        color: str,
        vpc: ec2.IVpc,
        port: int,
        health_check: HealthCheck,
        deregistration_delay: timedelta,
    ) -> elbv2.ApplicationTargetGroup:
        def seconds(duration: timedelta) -> Duration:
            return Duration.seconds(int(duration.total_seconds()))

        return elbv2.ApplicationTargetGroup(
            self,
            color.capitalize(),
            vpc=vpc,
            port=port,
            protocol=elbv2.ApplicationProtocol.HTTP,
            target_type=elbv2.TargetType.IP,
            deregistration_delay=seconds(deregistration_delay),
            health_check=elbv2.HealthCheck(
                path=health_check.path,
                interval=seconds(health_check.interval),
                timeout=seconds(health_check.timeout),
                healthy_threshold_count=health_check.healthy_threshold,
                unhealthy_threshold_count=health_check.unhealthy_threshold,
            ),
        )

    def _freeze_dependencies(self, *dependencies: IConstruct) -> None:
        # The library adds a dependency whenever a role of the task gains a policy. Between two
        # templates that is a change of the service, so the list is fixed here.
        stack = Stack.of(self)
        resources = []
        for dependency in dependencies:
            resource = dependency.node.default_child
            assert isinstance(resource, CfnResource)  # noqa: S101 - narrows the type
            resources.append(stack.get_logical_id(resource))
        cfn_service = self.service.node.find_child("Service")
        assert isinstance(cfn_service, CfnResource)  # noqa: S101 - narrows the type
        cfn_service.add_override("DependsOn", resources)
