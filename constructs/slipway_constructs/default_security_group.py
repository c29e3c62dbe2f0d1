"""The security group that AWS gives to every VPC, emptied."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from slipway_constructs.findings import acknowledge
from slipway_constructs.permissions import Permission
from slipway_constructs.sdk_calls import SdkCall, SdkCalls
from slipway_constructs.values import arn


class EmptyDefaultSecurityGroup(SdkCalls):
    """A VPC's default security group without its rules: whoever ends up in it reaches nobody.

    AWS makes it with two rules: its members admit each other, and may call anybody. The library
    has a function that takes them away too, with an inline policy, with a log that is neither
    encrypted nor ever deleted, and with the right to put the rules back.
    https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html

    Parameters
    ----------
    scope, id_
        Where it lives, and its name there.
    vpc
        The VPC.
    log_group
        Where the function logs that does it.
    """

    def __init__(
        self, scope: Construct, id_: str, *, vpc: ec2.Vpc, log_group: logs.ILogGroup
    ) -> None:
        group = vpc.vpc_default_security_group
        super().__init__(
            scope,
            id_,
            resource_type="Custom::EmptyDefaultSecurityGroup",
            calls={
                direction: SdkCall(
                    service="EC2",
                    action=f"revokeSecurityGroup{direction}",
                    parameters={"GroupId": group, "IpPermissions": [{"IpProtocol": "-1", **peers}]},
                    physical_id=f"no-{direction.lower()}",
                    # Somebody was faster.
                    but_for="InvalidPermission.NotFound",
                )
                for direction, peers in (
                    ("Ingress", {"UserIdGroupPairs": [{"GroupId": group}]}),
                    ("Egress", {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}),
                )
            },
            permissions=[
                Permission(
                    ["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
                    [arn(vpc, "ec2", f"security-group/{group}")],
                )
            ],
            wildcards={},
            log_group=log_group,
        )
        acknowledge(
            vpc,
            "VPCDefaultSecurityGroupClosed",
            because="The rule knows one way to close the default security group, the library's. "
            "Here a construct of ours does it: its custom resource takes both rules away that AWS "
            "puts into the group, with a role that can't put them back.",
        )
