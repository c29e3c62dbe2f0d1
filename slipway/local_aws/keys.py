"""AWS KMS refuses a key policy that names a role or a user who isn't there.

So whoever shares a key with roles of other accounts makes these roles first.

https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import iam, kms
from ministack.services.cloudformation import provisioners

from slipway.local_aws.machine import Machine

Request = dict[str, Any]
Operation = Callable[[Request], Any]

_NAMED = re.compile(r"arn:[^:]+:iam::(?P<account>\d{12}):(?P<kind>role|user)/(?P<name>.+)")
# Nobody makes the roles of services here, and MiniStack gets by without them.
_OF_SERVICES = "aws-service-role/"


def install(machine: Machine) -> None:
    """Have CreateKey, PutKeyPolicy and CloudFormation ask who is named."""
    kms._create_key = _asking(kms._create_key)
    kms._put_key_policy = _asking(kms._put_key_policy)
    handler = provisioners._RESOURCE_HANDLERS["AWS::KMS::Key"]
    update = handler["update"]

    def update_key(physical_id: str, old: Request, new: Request, stack_name: str) -> Any:
        if missing := sorted(set(missing_principals(new.get("KeyPolicy")))):
            raise ValueError(_message(missing))
        return update(physical_id, old, new, stack_name)

    handler["update"] = update_key


def missing_principals(policy: str | Mapping[str, Any] | None) -> Iterator[str]:
    """Yield the ARNs of roles and users that a policy names and that are in no account here."""
    try:
        document = json.loads(policy) if isinstance(policy, str) else policy
    except ValueError:
        return
    statements = (document or {}).get("Statement") or []
    for statement in [statements] if isinstance(statements, dict) else statements:
        principal = statement.get("Principal")
        named = principal.get("AWS", []) if isinstance(principal, dict) else []
        for arn in [named] if isinstance(named, str) else named:
            if not _is_there(arn):
                yield arn


def _is_there(arn: str) -> bool:
    match = _NAMED.fullmatch(arn)
    if match is None or match["name"].startswith(_OF_SERVICES):
        return True
    store = iam._roles if match["kind"] == "role" else iam._users
    record = store.get_scoped(match["account"], None, match["name"].rpartition("/")[2])
    return record is not None and record.get("Arn", arn) == arn


def _asking(operation: Operation) -> Operation:
    def ask_first(request: Request) -> Any:
        if missing := sorted(set(missing_principals(request.get("Policy")))):
            return error_response_json("MalformedPolicyDocumentException", _message(missing), 400)
        return operation(request)

    return ask_first


def _message(missing: list[str]) -> str:
    # KMS names nobody; whoever reads it here need not search.
    return (
        "Policy contains a statement with one or more invalid principals: there is no "
        f"{', '.join(missing)}"
    )
