"""The network: a VPC over the listed zones, with its way out and its flow logs."""

import ipaddress
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.endpoints import PURPOSES, Endpoints
from slipway_constructs.findings import acknowledge_parts
from slipway_constructs.logs import EncryptedLogGroup
from slipway_constructs.permissions import Permission, ServiceRole
from slipway_constructs.values import resource_of

Nat = Literal["none", "single", "per-zone"]

MOST_ZONES = 4


class Network(Construct):
    """A VPC with public, private and isolated subnets in each zone.

    Load balancers that face the internet live in the public subnets, tasks and hook functions in
    the private ones, data stores in the isolated ones, which have no route out at all.

    Parameters
    ----------
    scope, id_
        Where the network lives, and its name there.
    cidr
        The VPC's block. Half of it is for the private subnets of up to four zones, because with
        awsvpc every task takes an address of its own there.
    availability_zones
        At most four zones by name, so that synthesis never asks AWS for them. Add new ones at
        the end: a zone's place decides its subnets' addresses.
    nat
        ``none`` (endpoints for all that ECS, tasks and hooks call instead), ``single`` (cheaper)
        or ``per-zone`` (a zone that fails takes no other zone's way out with it).
    endpoints
        Further services to reach without the internet; see :mod:`slipway_constructs.endpoints`.
    traced
        Whether tasks send traces to AWS X-Ray, which needs an endpoint where there is no NAT.
    registry_account
        The account that images are pulled from.
    flow_log_name, flow_log_retention, encryption, removal_policy
        Where the flow logs go, how long they are kept, under which key, and what happens at the
        end.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cidr: str,
        availability_zones: Sequence[str],
        nat: Nat,
        endpoints: Sequence[str],
        traced: bool = False,
        registry_account: str,
        flow_log_name: str,
        flow_log_retention: timedelta,
        encryption: EncryptionKey,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id_)
        prefix = ipaddress.ip_network(cidr).prefixlen
        private_type = (
            ec2.SubnetType.PRIVATE_ISOLATED if nat == "none" else ec2.SubnetType.PRIVATE_WITH_EGRESS
        )
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(cidr),
            availability_zones=list(availability_zones),
            # Room for zones that come later: without it they would move every subnet's block.
            reserved_azs=MOST_ZONES - len(availability_zones),
            # Done by a construct of ours: EmptyDefaultSecurityGroup.
            restrict_default_security_group=False,
            nat_gateways={"none": 0, "single": 1, "per-zone": len(availability_zones)}[nat],
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Public",
                    subnet_type=ec2.SubnetType.PUBLIC,
                    cidr_mask=prefix + 6,
                    map_public_ip_on_launch=False,
                ),
                ec2.SubnetConfiguration(
                    name="Private", subnet_type=private_type, cidr_mask=prefix + 3
                ),
                ec2.SubnetConfiguration(
                    name="Isolated",
                    subnet_type=ec2.SubnetType.PRIVATE_ISOLATED,
                    cidr_mask=prefix + 6,
                ),
            ],
        )
        self._acknowledge()
        self.public_subnets = ec2.SubnetSelection(subnet_group_name="Public")
        self.private_subnets = ec2.SubnetSelection(subnet_group_name="Private")
        self.private_subnet_ids = self.vpc.select_subnets(subnet_group_name="Private").subnet_ids

        needed = (
            [
                name
                for purpose, names in PURPOSES.items()
                for name in names
                if traced or purpose != "traces"
            ]
            if nat == "none"
            else []
        )
        Endpoints(
            self,
            "Endpoints",
            vpc=self.vpc,
            cidr=cidr,
            subnets=self.private_subnets,
            # Image layers come from S3: its gateway endpoint is free and keeps them off the NAT.
            services=["s3", *needed, *endpoints],
            registry_account=registry_account,
        )

        flow_log_group = EncryptedLogGroup(
            self,
            "FlowLogs",
            name=flow_log_name,
            retention=flow_log_retention,
            encryption=encryption,
            removal_policy=removal_policy,
        )
        # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
        role = ServiceRole(
            self,
            "FlowLogsRole",
            service="vpc-flow-logs.amazonaws.com",
            permissions=[
                Permission(
                    ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                    [flow_log_group.log_group_arn],
                )
            ],
            wildcards={},
        )
        self.vpc.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(
                flow_log_group, role.without_policy_updates()
            ),
            traffic_type=ec2.FlowLogTrafficType.ALL,
        )

    def _acknowledge(self) -> None:
        subnets = (
            *self.vpc.public_subnets,
            *self.vpc.private_subnets,
            *self.vpc.isolated_subnets,
        )
        answers = {
            "This is what makes a subnet public. Only load balancers that face the "
            "internet and NAT gateways have addresses here, and nothing gets a public one by "
            "itself. Tasks, instances and functions are in the private subnets, which have no "
            "such route.": ["VPCNoUnrestrictedRouteToIGW"],
            "Settings list the zones: so synthesis never asks AWS, a template is the "
            "same wherever it is made, and no subnet moves when AWS opens a zone. Services "
            "keep the zones that they were created with.": ["W3010"],
        }
        acknowledge_parts(self.vpc, dict.fromkeys(map(resource_of, subnets), answers))
