"""What the templates of an environment hold, and which resource refers to which."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway.changes import AssembledStack
from slipway.changes.values import references

_IMPORT = "Fn::ImportValue"
_STRATEGY = re.compile(r'"capacityProviderStrategy":(\[[^\]]*\])')


@dataclass(frozen=True)
class Resource:
    """A resource as its template has it."""

    stack: str
    logical_id: str
    type: str
    properties: Mapping[str, Any] = field(hash=False, compare=False)

    def __getitem__(self, name: str) -> Any:
        return self.properties[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a property, or the default."""
        return self.properties.get(name, default)


class Inventory:
    """The resources of some stacks.

    Parameters
    ----------
    stacks
        As they were synthesised.
    """

    def __init__(self, stacks: Iterable[AssembledStack]) -> None:
        self.stacks = tuple(stacks)
        self._resources = {
            (stack.name, id_): Resource(stack.name, id_, body["Type"], body.get("Properties", {}))
            for stack in self.stacks
            for id_, body in stack.template.get("Resources", {}).items()
        }
        self._exports = {
            output["Export"]["Name"]: (stack.name, output["Value"])
            for stack in self.stacks
            for output in stack.template.get("Outputs", {}).values()
            if isinstance(output.get("Export", {}).get("Name"), str)
        }

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._resources.values())

    def of_type(self, type_: str) -> list[Resource]:
        """Return the resources of a CloudFormation type."""
        return [each for each in self if each.type == type_]

    def named(self, stack: str, value: Any) -> list[Resource]:
        """Return the resources to which a value in a stack refers, across stacks."""
        found = [
            self._resources[stack, id_]
            for id_, _ in references(value)
            if (stack, id_) in self._resources
        ]
        for name in _imports(value):
            if name in self._exports:
                found += self.named(*self._exports[name])
        return found

    def referring(self, type_: str, to: Resource, *, by: str) -> list[Resource]:
        """Return the resources of a type of which a property refers to a resource."""
        return [each for each in self.of_type(type_) if to in self.named(each.stack, each.get(by))]

    def release_strategy(self, stack: str) -> list[dict[str, Any]] | None:
        """Return the capacity provider strategy of a service's next release, where it is said.

        A service that CodeDeploy releases keeps the strategy that it was made with in its
        template; what settings say today is in the stack's output ``ReleaseInputs``.
        """
        for each in self.stacks:
            output = each.template.get("Outputs", {}).get("ReleaseInputs")
            found = output and each.name == stack and _STRATEGY.search(_text(output["Value"]))
            if found:
                return list(json.loads(found[1]))
        return None


def _imports(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get(_IMPORT), str):
            yield value[_IMPORT]
        for inner in value.values():
            yield from _imports(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _imports(inner)


def _text(value: Any) -> str:
    """Write out what of a value is known: the parts of a Fn::Join that are text."""
    if isinstance(value, Mapping) and "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(part if isinstance(part, str) else "?" for part in parts)
    return value if isinstance(value, str) else ""
