"""How a resource type is given to MiniStack's CloudFormation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]
Create = Callable[[str, Properties, str], Created]
Update = Callable[[str, Properties, Properties, str], Created]
Delete = Callable[[str, Properties], None]


def register(
    resource_type: str, *, create: Create, update: Update, delete: Delete, tagged: bool = False
) -> None:
    """Have MiniStack provision a type; a tagged one gets the stack's tags too.

    ``create(logical_id, properties, stack_name)`` and
    ``update(physical_id, old, new, stack_name)`` return the physical id (what ``Ref`` gives) and
    the attributes of ``Fn::GetAtt``. An update that returns another physical id replaces:
    MiniStack then calls ``delete(old_physical_id, old)`` once the whole update has succeeded. An
    exception's message is the reason that the stack's event shows.
    """
    from ministack.services.cloudformation import provisioners

    provisioners._RESOURCE_HANDLERS[resource_type] = {
        "create": create,
        "update": update,
        "delete": delete,
    }
    if tagged:
        provisioners._STACK_TAG_PROPERTY[resource_type] = ("Tags", "list")


def changed(old: Properties, new: Properties, *names: str) -> bool:
    """Tell whether one of these properties differs."""
    return any(old.get(name) != new.get(name) for name in names)


def answer_text(response: tuple[int, Any, bytes], tag: str) -> str:
    """Return an element's text from the XML that an operation of MiniStack answered.

    Raises
    ------
    ValueError
        The operation failed; the message is the one it gave.
    """
    status, _, body = response
    text = body.decode()
    if status >= 300:
        message = re.search(r"<Message>(.*?)</Message>", text, re.DOTALL)
        raise ValueError(message.group(1) if message else text)
    found = re.search(rf"<{tag}>\s*(?:<item>)?([^<]+)<", text)
    return found.group(1) if found else ""


def answer_json(response: tuple[int, Any, bytes]) -> dict[str, Any]:
    """Return the JSON that an operation of MiniStack answered, or fail with its message."""
    status, _, body = response
    answer: dict[str, Any] = json.loads(body or b"{}")
    if status >= 300:
        raise ValueError(str(answer.get("message") or answer.get("Message") or answer))
    return answer


def camel_case(value: Any) -> Any:
    """Spell the keys of a template's value as the JSON APIs do, at every depth."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: camel_case(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [camel_case(inner) for inner in value]
    return value
