"""What a role may do, where the library has no grant that would say it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from slipway_constructs.findings import acknowledge_wildcards
from slipway_constructs.values import service_principal


@dataclass(frozen=True)
class Permission:
    """Actions, the resources that they may touch, and the conditions under which they may."""

    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Mapping[str, Any] = field(default_factory=dict)


def to_log(log_groups: Iterable[logs.ILogGroup]) -> Permission:
    """Let a function write to log groups that exist; it may make none."""
    return Permission(
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        [log_group.log_group_arn for log_group in log_groups],
    )


class ServiceRole(iam.Role):
    """A role of an AWS service, with all that it may do in the role itself.

    So what assumes it can't come before its permissions, nor stay after them. It is for a role
    that gets nothing else: grants to it would be in a policy of their own.

    Parameters
    ----------
    scope, id_
        Where the role lives, and its name there.
    service
        Who assumes it, such as ``lambda.amazonaws.com``.
    permissions
        All that it may do.
    wildcards
        For each resource that has a ``*``, why nothing narrower will do.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        service: str,
        permissions: Sequence[Permission],
        wildcards: Mapping[str, str],
    ) -> None:
        statements = [
            {
                "Effect": "Allow",
                "Action": list(each.actions),
                "Resource": list(each.resources),
                **({"Condition": dict(each.conditions)} if each.conditions else {}),
            }
            for each in permissions
        ]
        super().__init__(
            scope,
            id_,
            assumed_by=service_principal(service),
            inline_policies={
                "Permissions": iam.PolicyDocument.from_json({"Statement": statements})
            },
        )
        acknowledge_wildcards(self, wildcards)
