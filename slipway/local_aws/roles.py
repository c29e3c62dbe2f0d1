"""Roles that are assumed for real: they have to exist, and to trust whoever assumes them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ministack.core.iam_evaluator import EvalContext, evaluate_trust_policy
from ministack.services import iam, sts

from slipway.local_aws.event_loop import done_on_loop

# The longest that a role can allow. No build or action here may outlive its session.
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_LIFETIME = timedelta(hours=12)


class RoleNotAssumedError(Exception):
    """A role can't be assumed; the message is one sentence that says why."""


def find_role(role_arn: str) -> Mapping[str, Any]:
    """Return IAM's record of a role, in whichever account it is.

    Raises
    ------
    RoleNotAssumedError
        There is no such role.
    """
    parts = role_arn.split(":")
    role = None
    if len(parts) == 6 and parts[5].startswith("role/"):
        role = iam._roles.get_scoped(parts[4], None, parts[5].rpartition("/")[2])
    # A role at another path has another ARN.
    if role is None or role.get("Arn", role_arn) != role_arn:
        raise RoleNotAssumedError(f"the role {role_arn} does not exist")
    found: Mapping[str, Any] = role
    return found


def assume_service_role(
    role_arn: str, service: str, session_name: str, *, source_arn: str
) -> dict[str, str]:
    """Let a service of AWS act as a role, and return the credentials of its session.

    Parameters
    ----------
    service
        The principal, such as ``codebuild.amazonaws.com``.
    session_name
        The last part of the session's ARN.
    source_arn
        The resource on whose behalf the service acts: what ``aws:SourceArn`` and
        ``aws:SourceAccount`` are in the trust policy's conditions.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html

    Returns
    -------
    dict
        The keyword arguments of a boto3 client.

    Raises
    ------
    RoleNotAssumedError
        There is no such role, or its trust policy doesn't admit the service.
    """
    require_service_trust(role_arn, service, session_name, source_arn=source_arn)
    return new_session(role_arn, session_name, by=service)


def require_service_trust(
    role_arn: str, service: str, session_name: str = "", *, source_arn: str
) -> None:
    """Check that a service may assume a role, without doing so: any thread may ask.

    The parameters are those of `assume_service_role`.

    Raises
    ------
    RoleNotAssumedError
        There is no such role, or its trust policy doesn't admit the service.
    """
    role = find_role(role_arn)
    source_account = source_arn.split(":")[4]
    context = EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account=source_account,
        action="sts:AssumeRole",
        resource_arn=role_arn,
        region=source_arn.split(":")[3],
        service_context={
            "aws:sourcearn": source_arn,
            "aws:sourceaccount": source_account,
            "sts:rolesessionname": session_name,
        },
    )
    if not evaluate_trust_policy(_seen_by(service, role), service, context):
        raise RoleNotAssumedError(
            f"the trust policy of {role_arn} does not let {service} assume it for {source_arn}"
        )


def _seen_by(service: str, role: Mapping[str, Any]) -> dict[str, Any]:
    """Say a trust policy the way that MiniStack's evaluation can match a service.

    It knows principals of accounts only: those that name the service become everybody, and those
    that name somebody else nobody.
    """
    document = role.get("AssumeRolePolicyDocument") or {}
    policy = json.loads(document) if isinstance(document, str) else document
    statements = policy.get("Statement", [])
    return {
        "Statement": [
            {**statement, "Principal": "*"}
            for statement in ([statements] if isinstance(statements, dict) else statements)
            if service in _services(statement.get("Principal"))
        ]
    }


def _services(principal: Any) -> list[str]:
    named = principal.get("Service", []) if isinstance(principal, dict) else []
    return [named] if isinstance(named, str) else list(named)


def new_session(
    role_arn: str, session_name: str, *, by: str, lifetime: timedelta | None = _LIFETIME
) -> dict[str, str]:
    """Make a session of a role as MiniStack's own AssumeRole does, whomever the role trusts.

    Parameters
    ----------
    by
        The service that acts as the role.
    lifetime
        None for somebody whose credentials are renewed as long as it lives.

    Returns
    -------
    dict
        The keyword arguments of a boto3 client.
    """
    return done_on_loop(lambda: _session(role_arn, session_name, by, lifetime))


def _session(
    role_arn: str, session_name: str, service: str, lifetime: timedelta | None
) -> dict[str, str]:
    access_key, secret, token = (
        iam._gen_session_access_key(),
        iam._gen_secret(),
        iam._gen_session_token(),
    )
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    role = iam._roles.get_scoped(account, None, name) or {}
    sts.register_session(
        access_key,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}",
            "UserId": f"{role.get('RoleId')}:{session_name}",
            "SecretAccessKey": secret,
            "SessionToken": token,
            "Expiration": time.time() + lifetime.total_seconds() if lifetime else None,
            "AccountId": account,
            "PrincipalType": "AssumedRole",
            "SourceAccessKeyId": None,
            "SourcePrincipalArn": service,
            "SessionTags": [],
            "SessionPolicies": None,
        },
    )
    return {
        "aws_access_key_id": access_key,
        "aws_secret_access_key": secret,
        "aws_session_token": token,
    }
