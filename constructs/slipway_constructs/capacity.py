"""EC2 capacity for an ECS cluster: an Auto Scaling group behind a capacity provider."""

from collections.abc import Sequence
from datetime import time, timedelta

from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from slipway_constructs.findings import acknowledge_each
from slipway_constructs.hours import Hours
from slipway_constructs.permissions import Permission, ServiceRole
from slipway_constructs.values import arn

# From the start of an instance until tasks run on it: it boots, and its agent registers.
_WAKING = timedelta(minutes=10)


class Ec2Capacity(Construct):
    """Container instances that ECS adds and drains by itself.

    Managed draining moves tasks away before an instance goes. Managed termination protection and
    scale-in protection stay off: with them the Auto Scaling group can't be deleted and a stack
    hangs at its end (aws-cdk#18179, aws-cdk#19275).

    Parameters
    ----------
    scope, id_
        Where the capacity lives, and its name there.
    cluster_name
        The cluster that the instances register with.
    capacity_provider_name
        What services ask for. Fixed: a service remembers what it was created with.
    vpc, subnets
        Where the instances start.
    instance_types
        Types of one architecture, unweighted: the capacity provider counts instances, not units.
    min_instances, max_instances
        The Auto Scaling group's bounds. Between them ECS decides.
    on_demand_base
        How many instances are on demand in any case.
    spot_percent
        The share of the others that are Spot, from the pools with most capacity to spare.
    hours
        When ``min_instances`` are wanted; outside of them none is kept.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cluster_name: str,
        capacity_provider_name: str,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        instance_types: Sequence[str],
        min_instances: int,
        max_instances: int,
        on_demand_base: int,
        spot_percent: int,
        hours: Hours | None = None,
    ) -> None:
        super().__init__(scope, id_)
        types = [ec2.InstanceType(name) for name in instance_types]
        arm = types[0].architecture == ec2.InstanceArchitecture.ARM_64
        role = self._instance_role(cluster_name)
        self.security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="Container instances: no way in"
        )
        user_data = ec2.UserData.for_linux()
        user_data.add_commands(
            # A task with awsvpc has a network interface of its own: a hop limit does not help.
            "echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config",
            # Two minutes before Spot takes an instance, its tasks begin to move.
            "echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config",
            # Logs are written with each task's execution role: the instance's may write none.
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html
            "echo ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true >> /etc/ecs/ecs.config",
        )
        launch_template = ec2.LaunchTemplate(
            self,
            "LaunchTemplate",
            machine_image=ecs.EcsOptimizedImage.amazon_linux2023(
                ecs.AmiHardwareType.ARM if arm else ecs.AmiHardwareType.STANDARD
            ),
            role=role.without_policy_updates(),
            security_group=self.security_group,
            user_data=user_data,
            # Version 2, and one hop: no container on a bridge gets at the instance's credentials.
            require_imdsv2=True,
            http_put_response_hop_limit=1,
            block_devices=[
                ec2.BlockDevice(
                    device_name="/dev/xvda",
                    volume=ec2.BlockDeviceVolume.ebs(
                        30, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3
                    ),
                )
            ],
        )
        self.auto_scaling_group = autoscaling.AutoScalingGroup(
            self,
            "AutoScalingGroup",
            vpc=vpc,
            vpc_subnets=subnets,
            min_capacity=min_instances,
            max_capacity=max_instances,
            new_instances_protected_from_scale_in=False,
            mixed_instances_policy=autoscaling.MixedInstancesPolicy(
                launch_template=launch_template,
                instances_distribution=autoscaling.InstancesDistribution(
                    on_demand_base_capacity=on_demand_base,
                    on_demand_percentage_above_base_capacity=100 - spot_percent,
                    spot_allocation_strategy=(
                        autoscaling.SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED
                    ),
                ),
                launch_template_overrides=[
                    autoscaling.LaunchTemplateOverrides(instance_type=type_) for type_ in types
                ],
            ),
        )
        if hours is not None and min_instances:
            self._sleep_outside(hours, min_instances)
        self.capacity_provider = ecs.AsgCapacityProvider(
            self,
            "CapacityProvider",
            capacity_provider_name=capacity_provider_name,
            auto_scaling_group=self.auto_scaling_group,
            enable_managed_scaling=True,
            enable_managed_draining=True,
            enable_managed_termination_protection=False,
            target_capacity_percent=100,
        )
        acknowledge_each(
            self.auto_scaling_group,
            {
                "The rule fails with an error on a group with a mixed instances policy (cdk-nag "
                "3.0.2). What it looks for holds: the launch template's only volume is encrypted, "
                "and a test says so.": ["AwsSolutions-EC26"],
                "The rule doesn't look into a mixed instances policy (cdk-nag 3.0.2). What it "
                "looks for holds: the launch template of all instances requires version 2 of the "
                "metadata service, with one hop, and a test says so.": ["EC2IMDSv2Enabled"],
                "ECS managed scaling adds and drains these instances all day long, so a message "
                "for each would teach people to ignore them. Launches, terminations and their "
                "failures are kept in the group's activity history and sent to EventBridge.": [
                    "AwsSolutions-AS3"
                ],
            },
        )

    def _sleep_outside(self, hours: Hours, min_instances: int) -> None:
        """Move the group's lower bound with the hours, and nothing else.

        How many instances there are is up to ECS managed scaling. At the end of the hours nothing
        is taken from anybody: tasks stay where they are until their service ends them, and ECS
        takes instances away as they become empty. In the morning the bound comes back first, so
        that the tasks find instances.
        https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html
        """
        self._bound_at("Open", hours, *hours.before_start(_WAKING), min_instances)
        self._bound_at("Close", hours, hours.week_days, hours.end, 0)

    def _bound_at(
        self, id_: str, hours: Hours, days: Sequence[int], moment: time, min_instances: int
    ) -> None:
        self.auto_scaling_group.scale_on_schedule(
            id_,
            schedule=autoscaling.Schedule.cron(
                week_day=",".join(map(str, days)), hour=str(moment.hour), minute=str(moment.minute)
            ),
            time_zone=hours.time_zone,
            min_capacity=min_instances,
        )

    def join(self, cluster: ecs.Cluster) -> None:
        """Offer this capacity to the services of a cluster."""
        cluster.add_asg_capacity_provider(self.capacity_provider)

    def _instance_role(self, cluster_name: str) -> ServiceRole:
        """Let the container agent work for one cluster.

        AWS's managed policy for it would also allow pulling every image and writing every log,
        which is the business of each task's execution role.
        https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEC2ContainerServiceforEC2Role.html
        """
        cluster = arn(self, "ecs", f"cluster/{cluster_name}")
        instances = arn(self, "ecs", f"container-instance/{cluster_name}/*")
        return ServiceRole(
            self,
            "InstanceRole",
            service="ec2.amazonaws.com",
            permissions=[
                Permission(["ecs:DiscoverPollEndpoint"], ["*"]),
                Permission(
                    [
                        "ecs:DeregisterContainerInstance",
                        "ecs:RegisterContainerInstance",
                        "ecs:SubmitAttachmentStateChanges",
                        "ecs:SubmitContainerStateChange",
                        "ecs:SubmitTaskStateChange",
                    ],
                    [cluster],
                ),
                # With the last of them the agent drains an instance that Spot takes.
                Permission(
                    [
                        "ecs:Poll",
                        "ecs:StartTelemetrySession",
                        "ecs:UpdateContainerInstancesState",
                    ],
                    [instances],
                ),
            ],
            wildcards={
                "*": "ecs:DiscoverPollEndpoint takes no resource: an agent asks where to register "
                "before it belongs to a cluster. All else is narrowed to this one cluster.",
                instances: "The instances of this one cluster: they come and go, and an id is "
                "known only once its instance has registered.",
            },
        )
