"""What crosses accounts: exactly what is needed, agreed to on both sides.

A role may act in another account if its own policies allow it, and the policy of the resource, or
the trust of the role that it takes, does so too.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from policies.iam.bootstrap import BootstrapRole
from policies.iam.needs import PULL, Need, account_of, needs
from policies.iam.patterns import has_wildcard
from policies.iam.reach import Reach, allowed, resources_of
from policies.iam.reference import actions_like
from policies.iam.roles import Role
from policies.iam.statements import Statement, statements
from policies.iam.templates import Assembly
from policies.iam.things import Thing

ALSO: Mapping[str, str] = {
    "kms:DescribeKey": "AWS's page of cross-account pipelines names it beside kms:Decrypt. It "
    "tells what kind of key it is, and opens nothing.",
}
"""What may cross without a need that anything shows, and why.

https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-cross-account.html
"""

STANDING: Mapping[str, str] = dict.fromkeys(
    PULL,
    "A service whose image is elsewhere today was built here before, or will be: tasks of its "
    "other revisions pull as long as somebody may go back to them.",
)
"""What a repository admits the roles of its service to, whether or not they need it today."""

# Their policies limit what passes, and let nobody in.
_NO_WAY_IN = {"AWS::EC2::VPCEndpoint"}
_TAG = "aws:PrincipalTag/"


@dataclass(frozen=True)
class Admission:
    """Who a policy of a resource, or the trust of a role, lets do what.

    Attributes
    ----------
    place
        Where it is written.
    roles
        The ARNs of the roles: one that is named, or all those that have the tags.
    action, resource
        As in :class:`policies.iam.needs.Need`.
    written
        The action as the policy has it, which may have a wildcard.
    """

    place: str
    roles: frozenset[str]
    action: str
    resource: str
    written: str


@dataclass(frozen=True, eq=False)
class Crossings:
    """All that crosses accounts in an assembly."""

    assembly: Assembly

    @cached_property
    def needed(self) -> frozenset[Need]:
        """What has to be possible, with one reason for each."""
        found: dict[tuple[str, str, str], Need] = {}
        for each in needs(self.assembly, self._reach.roles):
            found.setdefault((each.role, each.action, each.resource), each)
        return frozenset(found.values())

    @cached_property
    def granted(self) -> frozenset[Need]:
        """What the policies of roles allow elsewhere, and where."""
        return frozenset(
            Need(role.arn, action, resource, statement.place)
            for role in self._reach.roles
            for statement, action, pattern in allowed(role)
            for resource in self._meant(role, statement, action, pattern)
        )

    @cached_property
    def admitted(self) -> tuple[Admission, ...]:
        """What policies of resources allow to roles of other accounts."""
        return tuple(
            Admission(statement.place, roles, action, resource, written)
            for statement in statements(self.assembly)
            if statement.allows
            and statement.kind in ("resource", "trust")
            and statement.type not in _NO_WAY_IN
            for roles in self._admitted_by(statement)
            for written in statement.actions
            for action in (actions_like(written) if has_wildcard(written) else (written,))
            for resource in self._protected(statement, action)
        )

    def findings(self) -> Iterator[str]:
        """Yield what is missing and what is too much, one line each."""
        granted = {(each.role, each.action, each.resource) for each in self.granted}
        for need in sorted(self.needed):
            if not (
                (need.role, need.action, need.resource) in granted
                or ((made := BootstrapRole.of(need.role)) and made.may(need.action))
            ):
                yield (
                    f"{need.because}: {need.role} needs {need.action} on {need.resource}, and its "
                    "policies don't allow it"
                )
            if self._crosses(need) and not self._is_admitted(need):
                yield (
                    f"{need.because}: {need.role} needs {need.action}, and {need.resource} doesn't "
                    "admit it"
                )
        needed = {(each.role, each.action, each.resource) for each in self.needed}
        for grant in sorted(self.granted):
            if (
                self._crosses(grant)
                and (grant.role, grant.action, grant.resource) not in needed
                and grant.action not in ALSO
            ):
                yield (
                    f"{grant.because}: {grant.role} is allowed {grant.action} on {grant.resource}, "
                    "and nothing needs it"
                )
        yield from self._admitted_too_much(needed)

    def _admitted_too_much(self, needed: set[tuple[str, str, str]]) -> Iterator[str]:
        found: dict[tuple[str, frozenset[str], str], set[str]] = {}
        for each in self.admitted:
            if not (
                each.action in ALSO
                or (each.roles and each.action in STANDING)
                or any((role, each.action, each.resource) in needed for role in each.roles)
            ):
                found.setdefault((each.place, each.roles, each.written), set()).add(each.action)
        for (place, roles, written), actions in found.items():
            who = ", ".join(sorted(roles)) or "nobody of these templates"
            many = f" (of it {', '.join(sorted(actions))})" if has_wildcard(written) else ""
            yield f"{place}: admits {who} to {written}, and nothing needs it{many}"

    def _is_admitted(self, need: Need) -> bool:
        if BootstrapRole.of(need.resource):
            # `slipway bootstrap` has it trust the account of the pipeline.
            return account_of(need.role) in self._pipelines
        return any(
            need.role in each.roles and (need.action, need.resource) == (each.action, each.resource)
            for each in self.admitted
        )

    def _crosses(self, need: Need) -> bool:
        return account_of(need.role) != self._account(need.resource)

    def _account(self, resource: str) -> str:
        """Return the account of a resource; a bucket's ARN doesn't name it."""
        return account_of(resource) or self._buckets.get(resource.partition("/")[0], "")

    def _meant(self, role: Role, statement: Statement, action: str, pattern: str) -> Iterator[str]:
        """Yield the resources that a role's policy means in other accounts, or the one it names."""
        # What is allowed on everything crosses only to who lets it in: that is looked at there.
        if pattern == "*" or not resources_of(action):
            return
        found = {
            _resource(thing)
            for thing in self._reach.touched(action, pattern)
            if self._reach.has_alias(statement, thing)
        }
        if not found and not has_wildcard(pattern):
            found = {pattern}
        yield from found

    def _protected(self, statement: Statement, action: str) -> Iterator[str]:
        """Yield what a policy protects: its own resource, or what it names of a bucket."""
        own = {thing.arn for thing in self._things.get(statement.place, ())}
        if statement.type == "AWS::S3::BucketPolicy":
            yield from {
                _resource(thing)
                for pattern in statement.resources
                for thing in self._reach.touched(action, pattern)
            }
        else:
            yield from own

    def _admitted_by(self, statement: Statement) -> Iterator[frozenset[str]]:
        """Yield, for each principal of another account, the roles that it stands for."""
        for kind, value in statement.principals:
            if kind != "AWS":
                continue
            account = value if re.fullmatch(r"\d{12}", value) else account_of(value)
            if account == statement.owner.account:
                continue
            if ":role/" in value:
                yield frozenset({value})
            elif names := statement.condition("aws:PrincipalArn"):
                for name in names:
                    if account_of(name) == account:
                        yield frozenset({name})
            else:
                yield frozenset(self._tagged(account, statement))

    def _tagged(self, account: str, statement: Statement) -> Iterator[str]:
        """Yield the roles of an account with the tags that a statement asks for."""
        asked = {
            key.removeprefix(_TAG): values
            for operator, key, values in statement.conditions
            if key.startswith(_TAG) and operator == "StringEquals"
        }
        for arn, (owner, tags) in self._tags.items():
            if owner == account and all(tags.get(key) in values for key, values in asked.items()):
                yield arn

    @cached_property
    def _reach(self) -> Reach:
        return Reach(self.assembly)

    @cached_property
    def _things(self) -> Mapping[str, list[Thing]]:
        found: dict[str, list[Thing]] = {}
        for thing in self._reach.things:
            found.setdefault(thing.place, []).append(thing)
        return found

    @cached_property
    def _buckets(self) -> Mapping[str, str]:
        return {
            thing.arn: thing.owner.account
            for thing in self._reach.things
            if thing.type == "AWS::S3::Bucket" and "/" not in thing.arn
        }

    @cached_property
    def _pipelines(self) -> frozenset[str]:
        return frozenset(
            thing.owner.account
            for thing in self._reach.things
            if thing.type == "AWS::CodePipeline::Pipeline"
        )

    @cached_property
    def _tags(self) -> Mapping[str, tuple[str, Mapping[str, str]]]:
        return {
            self.assembly.arn(stack, logical_id): (
                stack.account,
                {tag["Key"]: tag["Value"] for tag in resource["Properties"].get("Tags", [])},
            )
            for stack in self.assembly.stacks
            for logical_id, resource in stack.resources.items()
            if resource["Type"] == "AWS::IAM::Role"
        }


def _resource(thing: Thing) -> str:
    """Return a thing's ARN; for an object of a bucket that of all of them."""
    if thing.type == "AWS::S3::Bucket" and "/" in thing.arn:
        return f"{thing.arn.partition('/')[0]}/*"
    return thing.arn
