"""Room for the network interfaces of many tasks on one EC2 instance."""

from datetime import timedelta

from aws_cdk import RemovalPolicy, custom_resources
from aws_cdk import aws_logs as logs
from constructs import Construct

from slipway_constructs.permissions import Permission, ServiceRole, to_log
from slipway_constructs.values import duration


class InterfaceTrunking(Construct):
    """The account's ECS setting ``awsvpcTrunking``, switched on.

    With awsvpc each task takes a network interface, and a large instance has two or three. A
    trunk carries ten and more, but only on instances that register after the setting is on: the
    Auto Scaling group must depend on this. It holds for this region of the account and stays on
    when the stack goes; instances of other clusters are none the worse for it.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html

    Parameters
    ----------
    scope, id_
        Where the setting lives, and its name there.
    log_group
        Where the function that sets it logs.
    """

    def __init__(self, scope: Construct, id_: str, *, log_group: logs.ILogGroup) -> None:
        super().__init__(scope, id_)
        role = ServiceRole(
            self,
            "Role",
            service="lambda.amazonaws.com",
            permissions=[
                to_log([log_group]),
                Permission(["ecs:PutAccountSettingDefault"], ["*"]),
            ],
            wildcards={
                "*": "ecs:PutAccountSettingDefault takes no resource: the setting belongs to the "
                "account and its region. The role may do nothing else but write its log."
            },
        )
        custom_resources.AwsCustomResource(
            self,
            "Setting",
            resource_type="Custom::AccountSetting",
            install_latest_aws_sdk=False,
            log_group=log_group,
            role=role,
            timeout=duration(timedelta(minutes=1)),
            removal_policy=RemovalPolicy.RETAIN,
            on_update=custom_resources.AwsSdkCall(
                service="ECS",
                action="putAccountSettingDefault",
                parameters={"name": "awsvpcTrunking", "value": "enabled"},
                physical_resource_id=custom_resources.PhysicalResourceId.of("awsvpcTrunking"),
            ),
        )
