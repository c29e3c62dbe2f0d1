"""Rules about what a role reaches: nothing of another service, no pipeline, no permissions.

Every role in a service's stack counts as one that the service can use: its program has the task
role, its own checks run with the hooks' role, and the others act for it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from policies.iam import listed, pipeline, wildcards
from policies.iam.bootstrap import BootstrapRole
from policies.iam.forms import bounded
from policies.iam.limits import (
    ACROSS_ENVIRONMENTS,
    ALLOWED,
    FORBIDDEN,
    OF_THE_WHOLE_ACCOUNT,
    SECRET_READS,
)
from policies.iam.patterns import has_wildcard, matches
from policies.iam.reference import actions_like, find_action
from policies.iam.roles import Role, roles
from policies.iam.statements import Statement, statements
from policies.iam.templates import Assembly
from policies.iam.things import Owner, Thing

# What leads from a role to another one, by the type of resource that it acts on.
_LEADS = {
    "codedeploy:CreateDeployment": "AWS::CodeDeploy::DeploymentGroup",
    "iam:PassRole": "AWS::IAM::Role",
    "lambda:InvokeFunction": "AWS::Lambda::Function",
}


@dataclass(frozen=True, eq=False)
class Reach:
    """What every role of an assembly reaches."""

    assembly: Assembly
    _by_formats: dict[tuple[str, ...], tuple[Thing, ...]] = field(default_factory=dict)

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        """All roles."""
        return roles(self.assembly)

    @cached_property
    def things(self) -> tuple[Thing, ...]:
        """Whatever a statement can mean."""
        return tuple(self.assembly.things())

    def findings(self) -> Iterator[str]:
        """Yield what a role reaches and must not, one line each."""
        for role in self.roles:
            for statement, action, resource in allowed(role):
                where = f"{statement.place}: {action} on {resource}"
                if not pipeline.may(role, action):
                    yield from _forbidden(action, where)
                if action == "sts:AssumeRole":
                    yield from self._takes(resource, where)
                if action == "iam:PassRole":
                    yield from self._passes(role, statement, resource, where)
                if not _matters(action) or role.denied(action, resource):
                    continue
                if resource == "*" and not resources_of(action):
                    if action not in OF_THE_WHOLE_ACCOUNT:
                        yield f"{where} reaches the whole account"
                    continue
                for thing in self.touched(action, resource):
                    if not self.has_alias(statement, thing):
                        continue
                    if _is_far(role, thing):
                        continue
                    if not _is_own(role, thing) and not _is_shared(role, action, thing):
                        yield f"{where} reaches {thing.arn} of {thing.place}"
            for other in self.leads_to(role):
                if role.owner.is_service and other.owner != role.owner:
                    yield f"{role.place} leads to {other.place}, which is not its service's"
        yield from self._given()
        yield from self._instances()

    def touched(self, action: str, resource: str) -> Iterator[Thing]:
        """Yield the things that an action on a resource, or a pattern of them, means."""
        for thing in self._meant_by(action):
            if matches(resource, thing.arn):
                yield thing

    def _meant_by(self, action: str) -> tuple[Thing, ...]:
        """Return the things of those types that an action knows; all of them if it knows none."""
        formats = resources_of(action)
        if formats not in self._by_formats:
            self._by_formats[formats] = tuple(
                thing
                for thing in self.things
                if not formats or any(matches(each, thing.arn) for each in formats)
            )
        return self._by_formats[formats]

    def leads_to(self, role: Role) -> tuple[Role, ...]:
        """Return the roles that a role can have act for it, however far away."""
        found = [role]
        for each in found:
            found += [other for other in self._next_to(each) if other not in found]
        return tuple(found[1:])

    def _next_to(self, role: Role) -> Iterator[Role]:
        for _, action, resource in allowed(role):
            if action in _LEADS:
                arns = {
                    thing.arn
                    for thing in self.touched(action, resource)
                    if thing.type == _LEADS[action]
                }
                for other in self.roles:
                    if other.arn in arns or arns & {use.arn for use in other.uses}:
                        yield other

    def _passes(self, role: Role, statement: Statement, resource: str, where: str) -> Iterator[str]:
        if len(statement.condition("iam:PassedToService")) != 1:
            yield f"{where} passes a role to any service; add iam:PassedToService"
        if pipeline.is_pipelines(role) and wildcards.entry(statement, "iam:PassRole", resource):
            # Also the roles of services to come.
            for other in self.roles:
                if matches(resource, other.arn) and not pipeline.may_pass(role, other):
                    yield f"{where} passes the role of {other.place}"
            return
        passed = {other for other in self.roles if other.arn == resource}
        if not passed:
            yield f"{where} passes what is no role of these templates, or many of them"
        for other in passed:
            if other.owner != role.owner:
                yield f"{where} passes the role of {other.place}"

    def _takes(self, resource: str, where: str) -> Iterator[str]:
        """Check that a role that is taken is the pipeline's, or one that is made for it."""
        taken = {role.arn: role for role in self.roles}.get(resource)
        if not (taken and pipeline.is_pipelines(taken)) and not BootstrapRole.of(resource):
            yield f"{where} takes what is neither the pipeline's nor a role of cdk bootstrap"

    def has_alias(self, statement: Statement, thing: Thing) -> bool:
        """Tell whether a key has the alias that a statement asks for, if it asks for one."""
        asked = statement.condition("kms:ResourceAliases")
        return not asked or any(
            arn == thing.arn and any(matches(each, alias) for each in asked)
            for arn, alias in self._aliases
        )

    @cached_property
    def _aliases(self) -> tuple[tuple[str, str], ...]:
        return tuple(
            (
                self.assembly.text(stack, resource["Properties"]["TargetKeyId"]),
                self.assembly.text(stack, resource["Properties"]["AliasName"]),
            )
            for stack in self.assembly.stacks
            for resource in stack.resources.values()
            if resource["Type"] == "AWS::KMS::Alias"
        )

    def _given(self) -> Iterator[str]:
        """Check what policies of resources, and of trust, give to roles by their ARN."""
        owners = {role.arn: role.owner for role in self.roles}
        for statement in statements(self.assembly):
            if statement.owner.environment == pipeline.TOOLING:
                # The rules about what crosses accounts say who that has to be.
                continue
            if statement.kind in ("resource", "trust") and statement.allows:
                for kind, value in statement.principals:
                    if kind == "AWS" and ":role/" in value and owners.get(value) != statement.owner:
                        actions = ", ".join(statement.actions)
                        yield f"{statement.place}: {actions} is given to {value}"

    def _instances(self) -> Iterator[str]:
        """Check that no task gets at the role of the instance that it runs on.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-iam-roles.html
        """
        for stack in self.assembly.stacks:
            for logical_id, resource in stack.resources.items():
                if resource["Type"] != "AWS::EC2::LaunchTemplate":
                    continue
                data = resource["Properties"]["LaunchTemplateData"]
                options = data.get("MetadataOptions", {})
                if (options.get("HttpTokens"), options.get("HttpPutResponseHopLimit")) != (
                    "required",
                    1,
                ):
                    yield f"{stack.name}/{logical_id}: containers get at the instance's role"
                user_data = self.assembly.text(stack, data.get("UserData", ""))
                if "ECS_AWSVPC_BLOCK_IMDS=true" not in user_data:
                    yield f"{stack.name}/{logical_id}: tasks get at the instance's role"


def allowed(role: Role) -> Iterator[tuple[Statement, str, str]]:
    """Yield each action and resource that a role's policies allow, wildcards written out."""
    for statement in role.identity:
        if statement.allows:
            for action in statement.actions:
                for each in actions_like(action) if has_wildcard(action) else (action,):
                    for resource in statement.resources:
                        yield statement, each, resource


def _forbidden(action: str, where: str) -> Iterator[str]:
    known = find_action(action)
    if known is None or action in ALLOWED:
        return
    if known.level == "Permissions management":
        yield f"{where} changes permissions, as AWS says"
    elif not known.only_reads:
        for pattern, why in FORBIDDEN.items():
            if matches(pattern, action):
                yield f"{where} {why}"


def _matters(action: str) -> bool:
    known = find_action(action)
    return action in SECRET_READS or (known is not None and not known.only_reads)


def resources_of(action: str) -> tuple[str, ...]:
    """Return the patterns of the ARNs that an action can be narrowed to."""
    known = find_action(action)
    return known.resources if known else ()


def _is_far(role: Role, thing: Thing) -> bool:
    """Tell whether only a policy of the resource could let a role of another account in.

    The rules about principals look at those.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    """
    return thing.owner.account != role.owner.account and thing.type != "AWS::ECR::Repository"


def _is_own(role: Role, thing: Thing) -> bool:
    if pipeline.is_pipelines(role) and pipeline.is_of_pipeline(role.owner, thing):
        return True
    if thing.type == "AWS::ECR::Repository":
        # Environments share it, each service has one.
        return (thing.owner.application, thing.owner.service) == (
            role.owner.application,
            role.owner.service,
        )
    if not role.owner.is_service:
        return role.owner.of_environment(thing.owner)
    return thing.owner == role.owner


def _is_shared(role: Role, action: str, thing: Thing) -> bool:
    if not role.owner.is_service:
        return bool(role.uses) and all(
            (use.kind, action) in ACROSS_ENVIRONMENTS for use in role.uses
        )
    return _ends(role.owner, action, thing.arn)


def _ends(owner: Owner, action: str, arn: str) -> bool:
    ends: Iterable[str] = (end for known, end in listed.SHARED if known == action)
    _, _, _, region, account, resource = arn.split(":", 5)
    return (region, account) == (owner.region, owner.account) and any(
        bounded(end, owner).fullmatch(resource) for end in ends
    )
