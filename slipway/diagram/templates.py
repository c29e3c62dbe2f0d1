"""Reading templates: resources by their type, and what a reference leads to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slipway.changes import AssembledStack


@dataclass(frozen=True)
class Resource:
    """A resource of a template."""

    stack: str
    id: str
    type: str
    properties: Mapping[str, Any] = field(compare=False)

    @property
    def source(self) -> str:
        """Where it stands: its stack and its logical id."""
        return f"{self.stack} {self.id}"


class Templates:
    """Several stacks, which refer to one another."""

    def __init__(self, stacks: Iterable[AssembledStack]) -> None:
        self.stacks = tuple(sorted(stacks, key=lambda stack: stack.name))
        self._resources = {
            (stack.name, id_): Resource(
                stack.name, id_, resource["Type"], resource.get("Properties", {})
            )
            for stack in self.stacks
            for id_, resource in stack.template.get("Resources", {}).items()
        }
        self._exports = {
            _plain(output["Export"]["Name"]): (stack.name, output["Value"])
            for stack in self.stacks
            for output in stack.template.get("Outputs", {}).values()
            if "Export" in output
        }

    def of_type(self, *types: str) -> list[Resource]:
        """Return the resources of some types, by stack and logical id."""
        found = (resource for resource in self._resources.values() if resource.type in types)
        return sorted(found, key=lambda resource: (resource.stack, resource.id))

    @property
    def first(self) -> Resource:
        """The first resource of all.

        Raises
        ------
        LookupError
            There is none.
        """
        if not self._resources:
            raise LookupError("the stacks have no resources")
        return next(iter(self._resources.values()))

    def refers_to(self, value: Any, stack: str) -> Resource | None:
        """Return the resource that a value of a stack's template refers to."""
        match value:
            case {"Ref": str(id_)}:
                return self._resources.get((stack, id_))
            case {"Fn::GetAtt": [str(id_), *_]}:
                return self._resources.get((stack, id_))
            case {"Fn::ImportValue": name} if _plain(name) in self._exports:
                exporter, exported = self._exports[_plain(name)]
                return self.refers_to(exported, exporter)
        return None

    def all_referred_to(self, value: Any, stack: str) -> Iterator[Resource]:
        """Yield every resource that is referred to somewhere within a value."""
        if (found := self.refers_to(value, stack)) is not None:
            yield found
        elif isinstance(value, Mapping):
            for each in value.values():
                yield from self.all_referred_to(each, stack)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for each in value:
                yield from self.all_referred_to(each, stack)

    def place(self, stack: str) -> tuple[str, str]:
        """Return the account and the region that a stack is for."""
        place = next(each.place for each in self.stacks if each.name == stack)
        account, _, region = place.removeprefix("aws://").partition("/")
        return account, region


def text_of(value: Any) -> str:
    """Return a value's text; what only CloudFormation knows is left out."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(text_of(part) for part in parts)
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{[^}]*\}", "", text)
        case str() | int() | float():
            return str(value)
    return ""


def is_true(value: Any) -> bool:
    """Tell whether a value is true, as JSON or as a text."""
    return value is True or value == "true"


def _plain(name: Any) -> str:
    return name if isinstance(name, str) else text_of(name)


def texts_of(value: Any) -> str:
    """Return every text within a value, one after the other."""
    if isinstance(value, Mapping):
        return "".join(texts_of(each) for each in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(texts_of(each) for each in value)
    return str(value) if value is not None else ""
