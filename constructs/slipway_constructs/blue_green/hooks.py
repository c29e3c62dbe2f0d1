"""The five Lambda functions that CodeDeploy asks before it goes on."""

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.findings import acknowledge, acknowledge_wildcard
from slipway_constructs.listeners import Listeners
from slipway_constructs.logs import EncryptedLogGroup

LIFECYCLE_EVENTS = (
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
)

_RUNTIME = Path(__file__).parent / "runtime"


Checks = Mapping[str, Sequence[Mapping[str, Any]]]


class Hooks(Construct):
    """One function for each of CodeDeploy's five lifecycle events of an ECS deployment.

    They run in the private subnets and reach the test listener at the load balancer's private
    addresses: an internet-facing name resolves to public ones, where a security group as source
    does not match.

    Parameters
    ----------
    scope, id_
        Where the functions live, and their name there.
    function_names
        A name for each event. They begin with ``CodeDeployHook_``, as CodeDeploy asks.
    checks
        For each event, the checks to run: JSON as ``runtime/checks`` reads it.
    cluster_name, service_name
        The ECS service.
    application_name, group_name
        The CodeDeploy deployment group that may be asked about and reported to.
    alarm_names
        The alarms that may be asked about.
    listeners
        The test listener leads to green.
    host
        The DNS name under which the service is reached; the certificate of a listener with TLS
        is for this name.
    repository
        Where the images, and the findings of their scans, are.
    vpc, subnets
        Where the functions run.
    log_retention, encryption, removal_policy
        How long their logs live, under which key, and what happens at the end.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        function_names: Mapping[str, str],
        checks: Checks,
        alarm_names: Sequence[str],
        cluster_name: str,
        service_name: str,
        application_name: str,
        group_name: str,
        listeners: Listeners,
        host: str,
        repository: ecr.IRepository,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        log_retention: timedelta,
        encryption: EncryptionKey,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id_)
        self._role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            # In the role itself: Lambda tries it when it makes a function.
            inline_policies={"NetworkInterfaces": _network_interfaces()},
        )
        acknowledge(
            self._role,
            "IAM5[Resource::*]",
            because="Lambda makes and removes the network interfaces of functions in a VPC with "
            "this role, and documents that it needs these actions on all resources. AWS's managed "
            "policy for it would also allow writing to every log group.",
        )
        self._grant(
            application_name, group_name, cluster_name, service_name, alarm_names, repository
        )
        security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="Hook functions", allow_all_outbound=False
        )
        security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS APIs")
        listeners.admit_to_test_port(security_group)

        balancer = listeners.load_balancer.load_balancer
        self.functions: dict[str, lambda_.Function] = {}
        with tempfile.TemporaryDirectory() as source:
            # Staged when the first function is made, so the folder may go afterwards.
            code = lambda_.Code.from_asset(_source(Path(source), checks))
            for event in LIFECYCLE_EVENTS:
                log_group = EncryptedLogGroup(
                    self,
                    f"{event}Logs",
                    name=f"/aws/lambda/{function_names[event]}",
                    retention=log_retention,
                    encryption=encryption,
                    removal_policy=removal_policy,
                ).log_group
                log_group.grant_write(self._role)
                self.functions[event] = lambda_.Function(
                    self,
                    event,
                    function_name=function_names[event],
                    description=f"{event}: may {service_name} go on?",
                    runtime=lambda_.Runtime.PYTHON_3_14,
                    handler="handler.handler",
                    code=code,
                    role=self._role,
                    log_group=log_group,
                    memory_size=256,
                    timeout=Duration.minutes(15),
                    vpc=vpc,
                    vpc_subnets=subnets,
                    security_groups=[security_group],
                    environment={
                        "LIFECYCLE_EVENT": event,
                        "CLUSTER": cluster_name,
                        "SERVICE": service_name,
                        "LOAD_BALANCER": balancer.load_balancer_full_name,
                        "HOST": host,
                        "TEST_PORT": str(listeners.test_port),
                        "TEST_PROTOCOL": listeners.protocol,
                        "ALARMS": json.dumps(list(alarm_names)),
                    },
                )

    def _grant(
        self,
        application_name: str,
        group_name: str,
        cluster_name: str,
        service_name: str,
        alarm_names: Sequence[str],
        repository: ecr.IRepository,
    ) -> None:
        stack = Stack.of(self)
        region, account, partition = stack.region, stack.account, stack.partition
        codedeploy = f"arn:{partition}:codedeploy:{region}:{account}"
        allow = [
            (
                [
                    "codedeploy:GetDeployment",
                    "codedeploy:PutLifecycleEventHookExecutionStatus",
                ],
                [f"{codedeploy}:deploymentgroup:{application_name}/{group_name}"],
            ),
            # A deployment names its AppSpec by hash only; this gives the text.
            (
                ["codedeploy:GetApplicationRevision"],
                [f"{codedeploy}:application:{application_name}"],
            ),
            (
                ["ecs:DescribeServices"],
                [f"arn:{partition}:ecs:{region}:{account}:service/{cluster_name}/{service_name}"],
            ),
            (
                ["cloudwatch:DescribeAlarms"],
                [
                    f"arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"
                    for name in alarm_names
                ],
            ),
            (
                ["ecr:BatchGetImage", "ecr:DescribeImageScanFindings"],
                [repository.repository_arn],
            ),
            (
                [
                    "ec2:DescribeNetworkInterfaces",
                    "ecs:DescribeTaskDefinition",
                    "elasticloadbalancing:DescribeTargetHealth",
                ],
                ["*"],
            ),
        ]
        for actions, resources in allow:
            self._role.add_to_policy(iam.PolicyStatement(actions=actions, resources=resources))
        acknowledge_wildcard(
            self._role,
            "*",
            because="AWS offers nothing narrower for DescribeNetworkInterfaces, "
            "DescribeTaskDefinition and DescribeTargetHealth. They only read: the hooks find out "
            "with them which tasks are green.",
        )


def _network_interfaces() -> iam.PolicyDocument:
    """Allow what Lambda does for a function in a VPC, and what the function itself never does.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    """
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(
                actions=[
                    "ec2:AssignPrivateIpAddresses",
                    "ec2:CreateNetworkInterface",
                    "ec2:DeleteNetworkInterface",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSubnets",
                    "ec2:UnassignPrivateIpAddresses",
                ],
                resources=["*"],
            )
        ]
    )


def _source(folder: Path, checks: Checks) -> str:
    """Write the hooks' source with one service's checks beside it."""
    shutil.copytree(
        _RUNTIME, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
    )
    (folder / "checks.json").write_text(json.dumps(checks, indent=2, sort_keys=True) + "\n")
    return str(folder)
