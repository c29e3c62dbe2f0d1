"""The Cluster stack: where tasks run, on whatever capacity a service chooses."""

from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from slipway.settings import Environment, Names
from slipway_constructs.capacity import Ec2Capacity
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.logs import EncryptedLogGroup
from slipway_constructs.network import Network
from slipway_constructs.trunking import InterfaceTrunking
from stacks.hours import office_hours_of


class ClusterStack(Stack):
    """One ECS cluster with Fargate, Fargate Spot and EC2 capacity.

    Services live in stacks of their own, so they go before the capacity that they run on:
    deleting an environment ends (aws-cdk#19275).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        environment: Environment,
        network: Network,
        removal_policy: RemovalPolicy,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, stack_name=names.stack("cluster"), **kwargs)
        encryption = EncryptionKey(
            self,
            "Encryption",
            alias=names.key_alias("cluster"),
            removal_policy=removal_policy,
            log_groups=[names.log_group("exec"), names.log_group("trunking")],
        )
        exec_logs = EncryptedLogGroup(
            self,
            "ExecLogs",
            name=names.log_group("exec"),
            retention=environment.log_retention,
            encryption=encryption,
            removal_policy=removal_policy,
        )
        self.cluster = ecs.Cluster(
            self,
            "Cluster",
            cluster_name=names.cluster,
            vpc=network.vpc,
            container_insights_v2=ecs.ContainerInsights.ENHANCED,
            enable_fargate_capacity_providers=True,
            execute_command_configuration=ecs.ExecuteCommandConfiguration(
                # By its ARN: the library would let CloudWatch Logs use it for any log group.
                kms_key=kms.Key.from_key_arn(self, "EncryptionByArn", encryption.key_arn),
                logging=ecs.ExecuteCommandLogging.OVERRIDE,
                log_configuration=ecs.ExecuteCommandLogConfiguration(
                    # By its name: services that allow ECS Exec name it in policies of theirs.
                    cloud_watch_log_group=logs.LogGroup.from_log_group_name(
                        self, "ExecLogsByName", names.log_group("exec")
                    ),
                    cloud_watch_encryption_enabled=True,
                ),
            ),
        )
        self.cluster.node.add_dependency(exec_logs)
        trunking = InterfaceTrunking(
            self,
            "Trunking",
            log_group=EncryptedLogGroup(
                self,
                "TrunkingLogs",
                name=names.log_group("trunking"),
                retention=environment.log_retention,
                encryption=encryption,
                removal_policy=removal_policy,
            ),
        )
        ec2 = environment.capacity.ec2
        capacity = Ec2Capacity(
            self,
            "Ec2",
            cluster_name=names.cluster,
            capacity_provider_name=names.ec2_capacity_provider,
            vpc=network.vpc,
            subnets=network.private_subnets,
            instance_types=ec2.instance_types,
            min_instances=ec2.min,
            max_instances=ec2.max,
            on_demand_base=ec2.on_demand_base,
            spot_percent=ec2.spot_percent,
            hours=office_hours_of(environment),
        )
        capacity.join(self.cluster)
        # An instance that registered before keeps its two or three interfaces for life.
        capacity.auto_scaling_group.node.add_dependency(trunking)
