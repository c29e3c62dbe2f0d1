"""What a role may do, where the library has no grant that would say it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import aws_iam as iam


@dataclass(frozen=True)
class Permission:
    """Actions, the resources that they may touch, and the conditions under which they may."""

    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Mapping[str, Any] = field(default_factory=dict)


def allow(role: iam.Role, *permissions: Permission) -> None:
    """Give a role all its permissions at once.

    It is the policy that the library would make statement by statement, each of them two calls
    into another process. So it is for a role that gets nothing else: a grant to it would want to
    make the same policy, and fails.
    """
    statements = [
        {
            "Effect": "Allow",
            "Action": list(each.actions),
            "Resource": list(each.resources),
            **({"Condition": dict(each.conditions)} if each.conditions else {}),
        }
        for each in permissions
    ]
    iam.Policy(
        role,
        "DefaultPolicy",
        document=iam.PolicyDocument.from_json({"Statement": statements}),
        roles=[role],
    )
