"""Every statement of every policy: where it is, who holds it, what it says."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from policies.iam.errors import UnreadableError
from policies.iam.templates import Assembly, Stack
from policies.iam.things import Owner

Kind = Literal["identity", "trust", "resource", "boundary"]

# Where a type of resource has its policy, and the resource that the policy protects. Nothing is
# looked for elsewhere: a policy in another place is an error.
RESOURCE_POLICIES: Mapping[str, tuple[str, ...]] = {
    "AWS::EC2::VPCEndpoint": ("PolicyDocument",),
    "AWS::ECR::Repository": ("RepositoryPolicyText",),
    "AWS::KMS::Key": ("KeyPolicy",),
    "AWS::Logs::ResourcePolicy": ("PolicyDocument",),
    "AWS::S3::BucketPolicy": ("PolicyDocument",),
    "AWS::SNS::TopicPolicy": ("PolicyDocument",),
    "AWS::SQS::QueuePolicy": ("PolicyDocument",),
    "AWS::SecretsManager::ResourcePolicy": ("ResourcePolicy",),
}
_ELEMENTS = {
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
}


@dataclass(frozen=True)
class Statement:
    """One statement, with every reference resolved.

    Attributes
    ----------
    place
        ``<stack>/<logical id>`` of the resource that it is written in.
    kind
        Of an identity, of who may assume a role, of a resource, or a boundary.
    holders
        The ARNs of the roles that it is attached to; empty for one of a resource.
    elements
        The names of the elements that it has.
    principals
        Pairs of type and value: ``("Service", "lambda.amazonaws.com")``, ``("*", "*")``.
    conditions
        Triples of operator, key and values.
    """

    place: str
    kind: Kind
    type: str
    owner: Owner
    holders: tuple[str, ...]
    effect: str
    elements: frozenset[str]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[tuple[str, str], ...]
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]

    @property
    def allows(self) -> bool:
        """Whether it allows; otherwise it denies."""
        return self.effect == "Allow"

    def condition(self, key: str) -> tuple[str, ...]:
        """Return the values that a key must have, whatever the operator; empty without one."""
        return tuple(
            value
            for _, name, values in self.conditions
            if name.lower() == key.lower()
            for value in values
        )


def statements(assembly: Assembly) -> Iterator[Statement]:
    """Yield every statement of every template.

    Raises
    ------
    UnreadableError
        A policy is in a place, or has a form, that is not known here.
    """
    ours = _managed_policies(assembly)
    for stack in assembly.stacks:
        for logical_id, resource in stack.resources.items():
            yield from _Resource(assembly, ours, stack, logical_id, resource).statements()


def _managed_policies(assembly: Assembly) -> dict[str, tuple[str, ...]]:
    """Return the ARN of each managed policy of the templates, and the roles that name it."""
    named: dict[str, tuple[str, ...]] = {}
    roles: list[tuple[str, str]] = []
    for stack in assembly.stacks:
        for logical_id, resource in stack.resources.items():
            if resource["Type"] == "AWS::IAM::ManagedPolicy":
                named[assembly.arn(stack, logical_id)] = ()
            elif resource["Type"] == "AWS::IAM::Role":
                role = assembly.arn(stack, logical_id)
                arns = resource["Properties"].get("ManagedPolicyArns", [])
                roles += [(role, assembly.text(stack, arn)) for arn in arns]
    for role, arn in roles:
        if arn in named:
            named[arn] += (role,)
    return named


@dataclass(frozen=True)
class _Resource:
    assembly: Assembly
    managed_policies: Mapping[str, tuple[str, ...]]
    stack: Stack
    logical_id: str
    resource: Mapping[str, Any]

    def statements(self) -> Iterator[Statement]:
        type_ = self.resource["Type"]
        properties = dict(self.resource.get("Properties", {}))
        if type_ == "AWS::IAM::Role":
            own = (self.assembly.arn(self.stack, self.logical_id),)
            yield from self._of("trust", own, properties.pop("AssumeRolePolicyDocument"))
            for policy in properties.pop("Policies", []):
                yield from self._of("identity", own, policy["PolicyDocument"])
            for arn in properties.pop("ManagedPolicyArns", []):
                self._is_ours(self._text(arn))
            if "PermissionsBoundary" in properties:
                yield from self._boundary(self._text(properties.pop("PermissionsBoundary")), own)
        elif type_ in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            if properties.get("Users") or properties.get("Groups"):
                raise self._unreadable("is attached to users or groups")
            document = properties.pop("PolicyDocument")
            holders = tuple(self._role(role) for role in properties.get("Roles", []))
            if type_ == "AWS::IAM::ManagedPolicy":
                holders += self.managed_policies[self.assembly.arn(self.stack, self.logical_id)]
            yield from self._of("identity", holders, document)
        elif type_ == "AWS::Lambda::Permission":
            yield self._permission(properties)
            properties = {}
        else:
            for name in RESOURCE_POLICIES.get(type_, ()):
                if name in properties:
                    yield from self._of("resource", (), properties.pop(name))
        self._refuse_others(properties)

    def _of(self, kind: Kind, holders: tuple[str, ...], document: Any) -> Iterator[Statement]:
        if isinstance(document, str):
            document = json.loads(document)
        if not isinstance(document, Mapping) or "Statement" not in document:
            raise self._unreadable(f"has a policy without statements: {document!r}")
        found = document["Statement"]
        for each in found if isinstance(found, list) else [found]:
            yield self._statement(kind, holders, each)

    def _statement(self, kind: Kind, holders: tuple[str, ...], raw: Any) -> Statement:
        if not isinstance(raw, Mapping) or raw.keys() - _ELEMENTS:
            raise self._unreadable(f"has a statement of an unknown form: {raw!r}")
        if raw.get("Effect") not in ("Allow", "Deny"):
            raise self._unreadable(f"has a statement without an effect: {raw!r}")
        return Statement(
            place=self.place,
            kind=kind,
            type=self.resource["Type"],
            owner=self.stack.owner,
            holders=holders,
            effect=raw["Effect"],
            elements=frozenset(raw),
            actions=self._texts(raw.get("Action", raw.get("NotAction", []))),
            resources=self._texts(raw.get("Resource", raw.get("NotResource", []))),
            principals=tuple(self._principals(raw.get("Principal", raw.get("NotPrincipal", {})))),
            conditions=tuple(
                (operator, key, self._texts(values))
                for operator, keys in raw.get("Condition", {}).items()
                for key, values in keys.items()
            ),
        )

    def _principals(self, raw: Any) -> Iterator[tuple[str, str]]:
        if raw == "*":
            yield "*", "*"
            return
        for kind, values in raw.items():
            if kind not in ("AWS", "Service", "Federated", "CanonicalUser"):
                raise self._unreadable(f"has a principal of an unknown form: {raw!r}")
            for value in self._texts(values):
                yield ("*", "*") if value == "*" else (kind, value)

    def _is_ours(self, arn: str) -> None:
        if arn not in self.managed_policies:
            raise self._unreadable(
                f"names the policy {arn}, whose statements are in no template; write what the "
                "role may do into a policy of ours"
            )

    def _boundary(self, arn: str, holders: tuple[str, ...]) -> Iterator[Statement]:
        """Read the policy that bounds a role, once more with the role."""
        self._is_ours(arn)
        for stack in self.assembly.stacks:
            for logical_id, resource in stack.resources.items():
                if (
                    resource["Type"] == "AWS::IAM::ManagedPolicy"
                    and self.assembly.arn(stack, logical_id) == arn
                ):
                    bound = _Resource(
                        self.assembly, self.managed_policies, stack, logical_id, resource
                    )
                    yield from bound._of(
                        "boundary", holders, resource["Properties"]["PolicyDocument"]
                    )

    def _permission(self, properties: Mapping[str, Any]) -> Statement:
        """Read what a function's policy says, which has properties instead of a document."""
        conditions = [
            (operator, key, (self._text(properties[name]),))
            for name, operator, key in (
                ("SourceArn", "ArnLike", "aws:SourceArn"),
                ("SourceAccount", "StringEquals", "aws:SourceAccount"),
                ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
            )
            if name in properties
        ]
        principal = self._text(properties["Principal"])
        return Statement(
            place=self.place,
            kind="resource",
            type=self.resource["Type"],
            owner=self.stack.owner,
            holders=(),
            effect="Allow",
            elements=frozenset({"Effect", "Action", "Resource", "Principal"}),
            actions=(self._text(properties["Action"]),),
            resources=(self._text(properties["FunctionName"]),),
            principals=(
                ("*", "*")
                if principal == "*"
                else ("Service" if principal.endswith(".amazonaws.com") else "AWS", principal),
            ),
            conditions=tuple(conditions),
        )

    def _role(self, value: Any) -> str:
        name = self._text(value)
        return f"arn:{self.stack.partition}:iam::{self.stack.account}:role/{name}"

    def _refuse_others(self, value: Any) -> None:
        """Fail for whatever looks like a policy and was not read."""
        if isinstance(value, Mapping):
            if "Effect" in value:
                raise self._unreadable(f"has a policy in a place that nobody knows: {value!r}")
            for each in value.values():
                self._refuse_others(each)
        elif isinstance(value, list):
            for each in value:
                self._refuse_others(each)
        elif isinstance(value, str) and '"Effect"' in value and '"Action"' in value:
            raise self._unreadable("has a policy, written as text, in a place that nobody knows")

    def _text(self, value: Any) -> str:
        return self.assembly.text(self.stack, value)

    def _texts(self, value: Any) -> tuple[str, ...]:
        return tuple(self._text(each) for each in (value if isinstance(value, list) else [value]))

    def _unreadable(self, what: str) -> UnreadableError:
        return UnreadableError(f"{self.place} ({self.resource['Type']}) {what}")

    @property
    def place(self) -> str:
        return f"{self.stack.name}/{self.logical_id}"
