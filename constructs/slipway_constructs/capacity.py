"""EC2 capacity for an ECS cluster: an Auto Scaling group behind a capacity provider."""

from collections.abc import Sequence

from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct


class Ec2Capacity(Construct):
    """Container instances that ECS adds and drains by itself.

    Managed draining moves tasks away before an instance goes. Managed termination protection and
    scale-in protection stay off: with them the Auto Scaling group can't be deleted and a stack
    hangs at its end (aws-cdk#18179, aws-cdk#19275).

    Parameters
    ----------
    scope, id_
        Where the capacity lives, and its name there.
    capacity_provider_name
        What services ask for. Fixed: a service remembers what it was created with.
    vpc, subnets
        Where the instances start.
    instance_types
        Types of one architecture, unweighted: the capacity provider counts instances, not units.
    min_instances, max_instances
        The Auto Scaling group's bounds. Between them ECS decides.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        capacity_provider_name: str,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        instance_types: Sequence[str],
        min_instances: int,
        max_instances: int,
    ) -> None:
        super().__init__(scope, id_)
        types = [ec2.InstanceType(name) for name in instance_types]
        arm = types[0].architecture == ec2.InstanceArchitecture.ARM_64
        role = iam.Role(
            self,
            "InstanceRole",
            assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name(
                    "service-role/AmazonEC2ContainerServiceforEC2Role"
                )
            ],
        )
        self.security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="Container instances: no way in"
        )
        user_data = ec2.UserData.for_linux()
        # A task with awsvpc has a network interface of its own, where a hop limit does not help.
        user_data.add_commands("echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config")
        launch_template = ec2.LaunchTemplate(
            self,
            "LaunchTemplate",
            machine_image=ecs.EcsOptimizedImage.amazon_linux2023(
                ecs.AmiHardwareType.ARM if arm else ecs.AmiHardwareType.STANDARD
            ),
            role=role,
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
                launch_template_overrides=[
                    autoscaling.LaunchTemplateOverrides(instance_type=type_) for type_ in types
                ],
            ),
        )
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
