"""What a role may do: all of it in one policy of ours, written down before the role is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from slipway_constructs.findings import acknowledge_wildcards
from slipway_constructs.values import trusted_service


@dataclass(frozen=True)
class Permission:
    """Actions, the resources that they may touch, and the conditions under which they may.

    With the effect ``Deny`` it takes away what another one gives.
    """

    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Mapping[str, Any] = field(default_factory=dict)
    effect: Literal["Allow", "Deny"] = "Allow"


def to_log(log_groups: Iterable[logs.ILogGroup]) -> Permission:
    """Let a function or a container write to log groups that exist; it may make none."""
    return Permission(
        ["logs:CreateLogStream", "logs:PutLogEvents"],
        [log_group.log_group_arn for log_group in log_groups],
    )


def to_pull(repositories: Iterable[ecr.IRepository]) -> list[Permission]:
    """Let somebody pull the images of some repositories.

    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonECSTaskExecutionRolePolicy.html
    """
    return [
        Permission(["ecr:GetAuthorizationToken"], ["*"]),
        Permission(
            [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            [repository.repository_arn for repository in repositories],
        ),
    ]


class ClosedRole(iam.Role):
    """A role, and a managed policy with all that it may do.

    The policy is there before the role, and goes after it. So what assumes the role can't come
    before its permissions, nor outlive them.

    Nothing is added to it later. The library would add to a role that it is given: give it
    ``without_policy_updates()``, and write here what it would add. Where that was forgotten,
    synthesis ends with "There is already a Construct with name 'DefaultPolicy'", which is the name
    that the library's own policy would have.

    Parameters
    ----------
    scope, id_
        Where the role lives, and its name there.
    assumed_by
        Who assumes it.
    permissions
        All that it may do; a role without any has no policy.
    wildcards
        For each resource that has a ``*``, why nothing narrower will do.
    name
        The role's name, where somebody has to know it; by default CloudFormation makes one up.
    path
        What its ARN has before the name, where roles are told apart by it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        assumed_by: iam.IPrincipal,
        permissions: Sequence[Permission],
        wildcards: Mapping[str, str],
        name: str | None = None,
        path: str | None = None,
    ) -> None:
        super().__init__(scope, id_, assumed_by=assumed_by, role_name=name, path=path)
        if not permissions:
            return
        statements = [
            {
                "Effect": each.effect,
                "Action": list(each.actions),
                "Resource": list(each.resources),
                **({"Condition": dict(each.conditions)} if each.conditions else {}),
            }
            for each in permissions
        ]
        self.policy = iam.ManagedPolicy(
            self,
            # Besides what is said above: an ECS service waits for its execution role's policy, by
            # this name, for as long as the service lives.
            "DefaultPolicy",
            document=iam.PolicyDocument.from_json({"Statement": statements}),
        )
        self.add_managed_policy(self.policy)
        acknowledge_wildcards(self.policy, wildcards)


class ServiceRole(ClosedRole):
    """A closed role of an AWS service.

    Parameters
    ----------
    service
        Who assumes it, such as ``lambda.amazonaws.com``.
    others
        See :class:`ClosedRole`.
    """

    def __init__(self, scope: Construct, id_: str, *, service: str, **others: Any) -> None:
        super().__init__(scope, id_, assumed_by=trusted_service(scope, service), **others)
