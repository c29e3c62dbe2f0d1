"""Who calls, as policies know it.

Whoever comes with an account's number as access key is that account's administrator: to a policy
its root user.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id

_SESSION_ARN = re.compile(r"arn:[^:]+:sts::(\d{12}):assumed-role/([^/]+)/.+")


@dataclass(frozen=True)
class Caller:
    """Who calls."""

    arn: str
    """Of a session, the assumed role's: ``arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION``."""
    account: str
    principal_arn: str = ""
    """What ``aws:PrincipalArn`` is: of a session, the ARN of its role."""
    keys: Mapping[str, Any] = field(default_factory=dict)
    """Further condition keys about the caller, in lower case."""

    @property
    def type(self) -> str:
        """What ``aws:PrincipalType`` is."""
        if ":assumed-role/" in self.arn:
            return "AssumedRole"
        return "User" if ":user/" in self.arn else "Root"


def caller_of(access_key: str) -> Caller:
    """Return whose access key it is; call it before the request's account is changed."""
    account = get_account_id()
    identity = iam_evaluator.resolve_caller_identity(access_key)
    arn = identity["userArn"] if identity else f"arn:aws:iam::{account}:root"
    credential = iam_evaluator.resolve_credential(access_key, account)
    keys = (
        iam_evaluator._principal_keys(credential)
        if isinstance(credential, iam_evaluator.ResolvedCredential)
        else {}
    )
    session = _SESSION_ARN.fullmatch(arn)
    return Caller(arn, account, _role_arn(session[1], session[2]) if session else arn, keys)


def service_as(role_arn: str, session_name: str) -> Caller:
    """Return a service that acts as a role; of one that is not there nothing more is known.

    Parameters
    ----------
    role_arn
        Empty where there is no role: nobody, whom no policy admits.
    session_name
        The last part of the session's ARN.
    """
    from ministack.services import iam

    account = role_arn.split(":")[4] if role_arn else ""
    name = role_arn.rpartition("/")[2]
    role = iam._roles.get_scoped(account, None, name) or {}
    return Caller(
        f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}",
        account,
        role_arn,
        {f"aws:principaltag/{tag['Key'].lower()}": tag["Value"] for tag in role.get("Tags") or ()},
    )


def _role_arn(account: str, name: str) -> str:
    from ministack.services import iam

    role = iam._roles.get_scoped(account, None, name) or {}
    return str(role.get("Arn") or f"arn:aws:iam::{account}:role/{name}")
