"""Who may assume a role: AssumeRole asks the role's trust policy, as on AWS.

Identity policies decide nothing on this machine, so the trust policy is all that is asked. Whoever
comes with an account's number as access key is that account's administrator: to a trust policy
its root user.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from ministack import app
from ministack.core.iam_evaluator import EvalContext, evaluate_trust_policy
from ministack.core.responses import error_response_json, get_region
from ministack.core.router import extract_access_key_id

from slipway.local_aws.callers import Caller, caller_of
from slipway.local_aws.machine import Machine

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[..., Awaitable[Response]]
Role = Mapping[str, Any]


@dataclass(frozen=True)
class Wish:
    """What a caller asks for."""

    role_arn: str
    session_name: str = ""
    external_id: str | None = None
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)


def install(machine: Machine) -> None:
    """Have AssumeRole refuse a role that is not there, and one that does not trust the caller."""
    otherwise: Handler = app.SERVICE_HANDLERS["sts"]

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        parameters = _parameters(headers, body, query)
        if parameters.get("Action") == "AssumeRole":
            access_key = extract_access_key_id(headers, query)
            if _is_forgotten(access_key):
                message = "The security token included in the request is expired"
                return _refuse("ExpiredToken", message, headers)
            wish = _wish(parameters)
            if reason := refusal(_role(wish.role_arn), caller_of(access_key), wish):
                return _refuse("AccessDenied", reason, headers)
        return await otherwise(method, path, headers, body, query)

    app.SERVICE_HANDLERS["sts"] = handle


def refusal(role: Role | None, caller: Caller, wish: Wish) -> str | None:
    """Say why a caller does not get a role; None if it does.

    AWS says the first half of the sentence and keeps the reason to itself.
    """
    denied = f"User: {caller.arn} is not authorized to perform: {{}} on resource: {wish.role_arn}"
    if role is None or role.get("Arn", wish.role_arn) != wish.role_arn:
        return denied.format("sts:AssumeRole") + " because there is no such role"
    context = EvalContext(
        principal_arn=caller.principal_arn or caller.arn,
        principal_type=caller.type,
        principal_account=caller.account,
        action="sts:AssumeRole",
        resource_arn=wish.role_arn,
        region=get_region(),
        service_context={
            "sts:externalid": wish.external_id,
            "sts:rolesessionname": wish.session_name or None,
        },
        principal_keys=dict(caller.keys),
        request_tags=dict(wish.tags),
        tag_keys=list(wish.tags),
    )
    trust = _for_callers(role.get("AssumeRolePolicyDocument") or "{}")
    for action in ("sts:AssumeRole", *(["sts:TagSession"] if wish.tags else [])):
        if not evaluate_trust_policy(
            trust, caller.arn, dataclasses.replace(context, action=action)
        ):
            return denied.format(action) + " because its trust policy does not admit this caller"
    return None


def _for_callers(trust: str | Mapping[str, Any]) -> dict[str, Any]:
    """Return a trust policy without the services that it admits: no caller is a service.

    MiniStack would let an administrator pass as any of them.
    """
    document = json.loads(trust) if isinstance(trust, str) else dict(trust)
    statements = document.get("Statement") or []
    kept = []
    for statement in [statements] if isinstance(statements, dict) else statements:
        principal = statement.get("Principal")
        if isinstance(principal, dict):
            principal = {kind: who for kind, who in principal.items() if kind != "Service"}
        kept.append({**statement, "Principal": principal})
    return {**document, "Statement": kept}


def _parameters(headers: dict[str, str], body: bytes, query: dict[str, Any]) -> dict[str, str]:
    """Return a request's parameters by name, whichever of the two protocols it speaks."""
    if "json" in headers.get("content-type", ""):
        said = json.loads(body or b"{}")
        tags = said.pop("Tags", None) or []
        for number, tag in enumerate(tags, 1):
            said[f"Tags.member.{number}.Key"] = tag.get("Key")
            said[f"Tags.member.{number}.Value"] = tag.get("Value")
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        return {**{name: str(value) for name, value in said.items()}, "Action": action}
    in_query = {name: value[0] for name, value in query.items() if isinstance(value, list)}
    return {**in_query, **dict(parse_qsl(body.decode(errors="replace")))}


def _wish(parameters: Mapping[str, str]) -> Wish:
    tags = {
        key: parameters.get(name.removesuffix("Key") + "Value", "")
        for name, key in parameters.items()
        if re.fullmatch(r"Tags\.member\.\d+\.Key", name)
    }
    return Wish(
        parameters.get("RoleArn", ""),
        parameters.get("RoleSessionName", ""),
        parameters.get("ExternalId"),
        tags,
    )


def _role(arn: str) -> Role | None:
    """Return the role of an ARN, in the account that it names."""
    from ministack.services import iam

    parts = arn.split(":")
    if len(parts) < 6:
        return None
    found: Role | None = iam._roles.get_scoped(parts[4], None, arn.rpartition("/")[2])
    return found


def _is_forgotten(access_key: str) -> bool:
    """Tell whether a temporary access key is of no session: it has expired, or never was."""
    from ministack.services import sts

    if not access_key.startswith("ASIA"):
        return False
    session = sts._sessions.get(access_key)
    return session is None or sts._session_expired(session)


def _refuse(code: str, message: str, headers: Mapping[str, str]) -> Response:
    from ministack.services import iam

    response: Response
    if "json" in headers.get("content-type", ""):
        response = error_response_json(code, message, 403)
    else:
        response = iam._error(403, code, message, ns="sts")
    return response
