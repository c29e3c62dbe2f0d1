"""Room for the network interfaces of many tasks on one EC2 instance."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from slipway_constructs.permissions import Permission
from slipway_constructs.sdk_calls import SdkCall, SdkCalls


class InterfaceTrunking(SdkCalls):
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
        super().__init__(
            scope,
            id_,
            resource_type="Custom::AccountSetting",
            calls={
                "Setting": SdkCall(
                    service="ECS",
                    action="putAccountSettingDefault",
                    parameters={"name": "awsvpcTrunking", "value": "enabled"},
                    physical_id="awsvpcTrunking",
                )
            },
            permissions=[Permission(["ecs:PutAccountSettingDefault"], ["*"])],
            wildcards={
                "*": "ecs:PutAccountSettingDefault takes no resource: the setting belongs to the "
                "account and its region. The role may do nothing else but write its log."
            },
            log_group=log_group,
        )
