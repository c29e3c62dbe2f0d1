"""Whom a resource's own policy lets in from another account.

Identity policies decide nothing on this machine. Between accounts AWS asks both sides, so what is
left to ask here is the side that owns the resource: a bucket's policy, a repository's, a key's.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id
from ministack.services import iam

_SESSION = ":assumed-role/"


@dataclass(frozen=True)
class Principal:
    """Who asks, as policies know it."""

    arn: str
    """Of a session, the ARN of its role; of an administrator, the account's root user."""
    account: str
    tags: Mapping[str, str] = field(default_factory=dict)
    """Of the role or user."""

    @classmethod
    def of_request(cls, headers: Mapping[str, str], query: Mapping[str, Any]) -> Principal:
        """Tell whose access key a request was signed with.

        An access key that is an account's number is its administrator's, as everywhere here. Call
        it before the request's account is changed.
        """
        account = get_account_id()
        access_key = extract_access_key_id(dict(headers), dict(query))
        identity = iam_evaluator.resolve_caller_identity(access_key) if access_key else None
        arn = str(identity["userArn"]) if identity else f"arn:aws:iam::{account}:root"
        if _SESSION in arn:
            return cls.of_role(arn.split(":")[4], arn.partition(_SESSION)[2].partition("/")[0])
        return cls(arn, account)

    @classmethod
    def of_role(cls, account: str, name: str) -> Principal:
        """Return a role of an account; one that is not there has no tags."""
        role = iam._roles.get_scoped(account, None, name) or {}
        return cls(
            role.get("Arn") or f"arn:aws:iam::{account}:role/{name}",
            account,
            {tag["Key"]: tag["Value"] for tag in role.get("Tags") or ()},
        )

    @property
    def type(self) -> str:
        """What ``aws:PrincipalType`` is."""
        return "AssumedRole" if ":role/" in self.arn else "Root"


def admits(
    policy: str | Mapping[str, Any] | None,
    principal: Principal,
    action: str,
    resource: str,
    *,
    context: Mapping[str, Any] | None = None,
) -> bool:
    """Tell whether a resource's policy lets somebody of another account do something.

    Parameters
    ----------
    policy
        The document; without one nobody is let in.
    action
        Such as ``ecr:BatchGetImage``.
    resource
        Its ARN.
    context
        Further condition keys. A request here counts as one over TLS, which real ones are.
    """
    if not policy:
        return False
    asked = iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        secure_transport=True,
        service_context={key.lower(): value for key, value in (context or {}).items()},
        principal_keys={
            f"aws:principaltag/{key.lower()}": value for key, value in principal.tags.items()
        },
    )
    decided: str = iam_evaluator.evaluate_resource_policy(
        dict(policy) if isinstance(policy, Mapping) else policy, asked
    ).decision
    return decided == "Allow"
