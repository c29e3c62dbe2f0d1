"""The five Lambda functions that CodeDeploy asks before it goes on."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from slipway_constructs.blue_green.hook_source import folder_with
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.findings import acknowledge_parts
from slipway_constructs.functions import CODEDEPLOY, answers_for_function
from slipway_constructs.listeners import Listeners
from slipway_constructs.logs import EncryptedLogGroup, function_log_group
from slipway_constructs.permissions import Permission, ServiceRole, to_log
from slipway_constructs.values import arn, everyone, resource_of, tcp

LIFECYCLE_EVENTS = (
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
)

# What Lambda does for a function in a VPC, and tries when it makes one.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
_NETWORK_INTERFACES = Permission(
    [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    ],
    ["*"],
)

# Lambda does it outside of the functions. Their code, a service's own checks among it, may not:
# it could take the addresses of another service's tasks away. Requests of Lambda itself for network
# interfaces don't name a function, so this denies none of them. AWS's example also denies reading;
# the hooks themselves need DescribeNetworkInterfaces.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-best-practice-security
_NOT_BY_CODE = [
    action for action in _NETWORK_INTERFACES.actions if not action.startswith("ec2:Describe")
]

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
    own_checks
        The service's ``checks.py``, where one of the checks is a function of it.
    cluster_name, service_name
        The ECS service.
    application_name, group_name
        The CodeDeploy deployment group that may be asked about and reported to.
    alarm_names
        The alarms that may be asked about.
    listeners
        The test listener leads to green. Where green is compared with blue, the functions reach
        the production listener too.
    host
        The DNS name under which the service is reached; the certificate of a listener with TLS
        is for this name.
    repository
        Where the images, and the findings of their scans, are.
    vpc, subnet_ids
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
        own_checks: Path | None,
        alarm_names: Sequence[str],
        cluster_name: str,
        service_name: str,
        application_name: str,
        group_name: str,
        listeners: Listeners,
        host: str,
        repository: ecr.IRepository,
        vpc: ec2.IVpc,
        subnet_ids: Sequence[str],
        log_retention: timedelta,
        encryption: EncryptionKey,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id_)
        log_groups = {
            event: EncryptedLogGroup(
                self,
                f"{event}Logs",
                name=function_log_group(function_names[event]),
                retention=log_retention,
                encryption=encryption,
                removal_policy=removal_policy,
            )
            for event in LIFECYCLE_EVENTS
        }
        role = self._role(
            scope,
            function_names.values(),
            application_name,
            group_name,
            cluster_name,
            service_name,
            alarm_names,
            repository,
            log_groups.values(),
        )
        security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="Hook functions", allow_all_outbound=False
        )
        security_group.add_egress_rule(everyone(), tcp(443), "AWS APIs")
        listeners.admit_to_test_port(security_group)
        if any("compare" in check for declared in checks.values() for check in declared):
            listeners.admit_to_production_port(security_group)

        environment = {
            "CLUSTER": cluster_name,
            "SERVICE": service_name,
            "LOAD_BALANCER": listeners.load_balancer.full_name,
            "HOST": host,
            "PRODUCTION_PORT": str(listeners.port),
            "TEST_PORT": str(listeners.test_port),
            "TEST_PROTOCOL": listeners.protocol,
            "ALARMS": json.dumps(list(alarm_names)),
        }
        code = assets.Asset(
            self,
            "Code",
            path=folder_with(
                json.dumps(checks, indent=2, sort_keys=True),
                own_checks.read_bytes() if own_checks else None,
            ),
        )
        common: dict[str, Any] = {
            "runtime": "python3.14",
            "handler": "codedeploy.handler.handler",
            "code": lambda_.CfnFunction.CodeProperty(
                s3_bucket=code.s3_bucket_name, s3_key=code.s3_object_key
            ),
            "role": role.role_arn,
            "memory_size": 256,
            "timeout": 15 * 60,
            "vpc_config": lambda_.CfnFunction.VpcConfigProperty(
                subnet_ids=subnet_ids, security_group_ids=[security_group.security_group_id]
            ),
        }
        functions = [
            # The resource itself: the library's function would stage the code five times and
            # look for the subnets five times. Lambda finds the log group by its name.
            lambda_.CfnFunction(
                self,
                event,
                function_name=function_names[event],
                description=f"{event}: may {service_name} go on?",
                environment=lambda_.CfnFunction.EnvironmentProperty(
                    variables={"LIFECYCLE_EVENT": event, **environment}
                ),
                **common,
            )
            for event in LIFECYCLE_EVENTS
        ]
        answers = answers_for_function(caller=CODEDEPLOY, in_vpc=True, variables=True)
        acknowledge_parts(
            self,
            {
                **dict.fromkeys(functions, answers),
                resource_of(role.policy): {
                    "Lambda makes and removes the network interfaces of functions in a VPC with "
                    "this role, and documents that it needs these actions on all resources. The "
                    "functions' own code is denied them, by a statement on the ARN of the calling "
                    "function.": ["CKV_AWS_111"]
                },
            },
        )

    def _role(
        self,
        scope: Construct,
        function_names: Iterable[str],
        application_name: str,
        group_name: str,
        cluster_name: str,
        service_name: str,
        alarm_names: Sequence[str],
        repository: ecr.IRepository,
        log_groups: Iterable[logs.ILogGroup],
    ) -> ServiceRole:
        return ServiceRole(
            self,
            "Role",
            service="lambda.amazonaws.com",
            permissions=[
                _NETWORK_INTERFACES,
                Permission(
                    _NOT_BY_CODE,
                    ["*"],
                    {
                        "ArnEquals": {
                            "lambda:SourceFunctionArn": [
                                arn(scope, "lambda", f"function:{name}") for name in function_names
                            ]
                        }
                    },
                    effect="Deny",
                ),
                Permission(
                    ["codedeploy:GetDeployment", "codedeploy:PutLifecycleEventHookExecutionStatus"],
                    [arn(scope, "codedeploy", f"deploymentgroup:{application_name}/{group_name}")],
                ),
                # A deployment names its AppSpec by hash only; this gives the text.
                Permission(
                    ["codedeploy:GetApplicationRevision"],
                    [arn(scope, "codedeploy", f"application:{application_name}")],
                ),
                Permission(
                    ["ecs:DescribeServices"],
                    [arn(scope, "ecs", f"service/{cluster_name}/{service_name}")],
                ),
                Permission(
                    ["cloudwatch:DescribeAlarms"],
                    [arn(scope, "cloudwatch", f"alarm:{name}") for name in alarm_names],
                ),
                # BatchGetImage is what ListImageReferrers asks for, too.
                # https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html
                Permission(
                    ["ecr:BatchGetImage", "ecr:DescribeImageScanFindings"],
                    [repository.repository_arn],
                ),
                Permission(
                    [
                        "ec2:DescribeNetworkInterfaces",
                        "ecs:DescribeTaskDefinition",
                        "elasticloadbalancing:DescribeTargetHealth",
                    ],
                    ["*"],
                ),
                to_log(log_groups),
            ],
            wildcards={
                "*": "Lambda makes and removes the network interfaces of functions in a VPC with "
                "this role, and documents these six actions on all resources. The functions' own "
                "code is denied those of them that change something; AWS's managed policy would "
                "also allow writing to every log group. For DescribeTaskDefinition and "
                "DescribeTargetHealth AWS offers nothing narrower: with them, which only read, the "
                "hooks find out which tasks are green, and a definition holds no secret's value.",
            },
        )
