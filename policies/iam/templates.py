"""The templates of an application, with every reference between them resolved."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from policies.iam.errors import UnreadableError
from policies.iam.patterns import GENERATED
from policies.iam.resources import TYPES, WITHOUT_AN_ARN
from policies.iam.things import Owner, Thing


@dataclass(frozen=True, eq=False)
class Stack:
    """One stack, and where it is deployed.

    Attributes
    ----------
    name
        Its name in CloudFormation.
    account, region
        Where it is.
    template
        As it was synthesised.
    """

    name: str
    account: str
    region: str
    template: Mapping[str, Any]
    partition: str = "aws"

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """Its resources, by logical id."""
        resources: Mapping[str, Mapping[str, Any]] = self.template["Resources"]
        return resources

    @cached_property
    def owner(self) -> Owner:
        """Whose stack it is, as the tags of its resources say."""
        for resource in self.resources.values():
            tags = resource.get("Properties", {}).get("Tags", [])
            values = (
                {tag["Key"]: tag["Value"] for tag in tags} if isinstance(tags, list) else dict(tags)
            )
            if "slipway:service" in values:
                return Owner(
                    self.account,
                    self.region,
                    *(
                        values[f"slipway:{key}"]
                        for key in ("application", "environment", "service")
                    ),
                )
        return Owner(self.account, self.region, "", "", self.name)


@dataclass(frozen=True, eq=False)
class Assembly:
    """All stacks of one or more applications.

    Parameters
    ----------
    stacks
        Every stack whose exports any of them imports.
    """

    stacks: tuple[Stack, ...]
    _exports: dict[tuple[str, str, str], tuple[Stack, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for stack in self.stacks:
            for output in stack.template.get("Outputs", {}).values():
                if "Export" in output:
                    name = self.text(stack, output["Export"]["Name"])
                    self._exports[stack.account, stack.region, name] = (stack, output["Value"])

    @classmethod
    def of(cls, stacks: Iterable[Stack]) -> "Assembly":
        """Take stacks from anywhere."""
        return cls(tuple(stacks))

    def text(self, stack: Stack, value: Any) -> str:
        """Resolve a value to the text that CloudFormation would make of it.

        Raises
        ------
        UnreadableError
            The value has a form that is not known here, or refers to what isn't there.
        """
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float):
            return str(value)
        if isinstance(value, dict) and len(value) == 1:
            ((function, argument),) = value.items()
            if function == "Ref":
                return self._ref(stack, argument)
            method = getattr(self, f"_{function.removeprefix('Fn::').lower()}", None)
            if function.startswith("Fn::") and method:
                return str(method(stack, argument))
        raise UnreadableError(f"{stack.name}: no rule reads {value!r}")

    def arn(self, stack: Stack, logical_id: str) -> str:
        """Return the ARN of a resource."""
        type_ = self._type(stack, logical_id)
        return self._format(stack, logical_id, type_.arn)

    def name(self, stack: Stack, logical_id: str) -> str:
        """Return the name of a resource, its own or what CloudFormation will make of it."""
        type_ = self._type(stack, logical_id)
        own = stack.resources[logical_id].get("Properties", {}).get(type_.name)
        return f"{stack.name}-{logical_id}-{GENERATED}" if own is None else self.text(stack, own)

    def things(self) -> Iterator[Thing]:
        """Yield whatever has an ARN: each resource, each part of one, and the stacks themselves.

        Raises
        ------
        UnreadableError
            A type of resource is not known here.
        """
        for stack in self.stacks:
            yield Thing(stack.name, "AWS::CloudFormation::Stack", stack_id(stack), stack.owner)
            for logical_id, resource in stack.resources.items():
                kind = resource["Type"]
                if kind in WITHOUT_AN_ARN or kind.startswith("Custom::"):
                    continue
                type_ = self._type(stack, logical_id)
                owner = stack.owner
                if kind == "AWS::ECR::Repository":
                    # They are in one stack, which is nobody's; each is a service's.
                    service = self.name(stack, logical_id).rpartition("/")[2]
                    owner = Owner(*(owner.account, owner.region, owner.application, "", service))
                for arn in (type_.arn, *type_.parts):
                    yield Thing(
                        f"{stack.name}/{logical_id}",
                        kind,
                        self._format(stack, logical_id, arn),
                        owner,
                    )

    def _type(self, stack: Stack, logical_id: str) -> Any:
        resource = stack.resources.get(logical_id)
        if resource is None:
            raise UnreadableError(f"{stack.name}: there is no resource {logical_id}")
        kind = resource["Type"]
        if kind not in TYPES:
            raise UnreadableError(
                f"{stack.name}/{logical_id}: nobody wrote down how a {kind} is named; add it to "
                "policies/iam/resources.py"
            )
        return TYPES[kind]

    def _format(self, stack: Stack, logical_id: str, form: str) -> str:
        def part(match: re.Match[str]) -> str:
            key = match[1]
            if key in ("partition", "region", "account"):
                return str(getattr(stack, key))
            if key == "name":
                return self.name(stack, logical_id)
            if key == "path":
                return str(stack.resources[logical_id]["Properties"].get("Path", "/"))
            if key == "id":
                return f"<{stack.name}/{logical_id}>"
            value = self.text(stack, stack.resources[logical_id]["Properties"][key])
            # A listener's ARN has what its load balancer's ends with; a service's has the name of
            # its cluster.
            value = value.rpartition(":loadbalancer/")[2]
            return value.rpartition(":cluster/")[2]

        return re.sub(r"\{(\w+)\}", part, form)

    def _ref(self, stack: Stack, name: str) -> str:
        pseudo = {
            "AWS::AccountId": stack.account,
            "AWS::Region": stack.region,
            "AWS::Partition": stack.partition,
            "AWS::StackName": stack.name,
            "AWS::StackId": stack_id(stack),
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        parameter = stack.template.get("Parameters", {}).get(name)
        if parameter is not None:
            return str(parameter.get("Default", f"<{stack.name}/{name}>"))
        form = {"arn": "", "name": "{name}", "id": "{id}"}[self._type(stack, name).ref]
        return self._format(stack, name, form) if form else self.arn(stack, name)

    def _getatt(self, stack: Stack, argument: Any) -> str:
        logical_id, attribute = (
            argument.split(".", 1) if isinstance(argument, str) else map(str, argument)
        )
        type_ = self._type(stack, logical_id)
        if attribute in type_.attributes:
            return self._format(stack, logical_id, type_.attributes[attribute])
        if attribute != "Arn":
            raise UnreadableError(
                f"{stack.name}/{logical_id}: nobody wrote down its attribute {attribute}; add it "
                "to policies/iam/resources.py"
            )
        return self.arn(stack, logical_id)

    def _join(self, stack: Stack, argument: list[Any]) -> str:
        separator, values = argument
        return str(separator).join(self.text(stack, value) for value in values)

    def _sub(self, stack: Stack, argument: Any) -> str:
        form, values = (argument, {}) if isinstance(argument, str) else argument

        def part(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in values:
                return self.text(stack, values[name])
            return self._getatt(stack, name) if "." in name else self._ref(stack, name)

        return re.sub(r"\$\{([^}]+)\}", part, form)

    def _base64(self, stack: Stack, argument: Any) -> str:
        # Whoever reads it wants to see what is in it.
        return self.text(stack, argument)

    def _split(self, stack: Stack, argument: list[Any]) -> str:
        raise UnreadableError(f"{stack.name}: Fn::Split outside of Fn::Select: {argument!r}")

    def _select(self, stack: Stack, argument: list[Any]) -> str:
        index, values = argument
        if isinstance(values, dict) and "Fn::Split" in values:
            separator, value = values["Fn::Split"]
            values = self.text(stack, value).split(separator)
        try:
            return self.text(stack, values[int(index)])
        except (IndexError, KeyError) as error:
            raise UnreadableError(f"{stack.name}: nothing to select in {argument!r}") from error

    def _importvalue(self, stack: Stack, argument: Any) -> str:
        name = self.text(stack, argument)
        if (stack.account, stack.region, name) not in self._exports:
            raise UnreadableError(f"{stack.name}: no stack exports {name}")
        return self.text(*self._exports[stack.account, stack.region, name])

    def _getstackoutput(self, stack: Stack, argument: Any) -> str:
        name = self.text(stack, argument["StackName"])
        for other in self.stacks:
            if (other.name, other.account) == (name, stack.account):
                output = other.template.get("Outputs", {}).get(argument["OutputName"])
                if output is not None:
                    return self.text(other, output["Value"])
        raise UnreadableError(f"{stack.name}: no stack has the output of {argument!r}")


def stack_id(stack: Stack) -> str:
    """Return the ARN of a stack."""
    return (
        f"arn:{stack.partition}:cloudformation:{stack.region}:{stack.account}:stack/{stack.name}/"
        f"<{stack.name}>"
    )
