"""The roles of an application: what each may do, who assumes it, and what runs with it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policies.iam.patterns import matches
from policies.iam.resources import WITHOUT_AN_ARN
from policies.iam.statements import Statement, statements
from policies.iam.templates import Assembly, Stack
from policies.iam.things import Owner

# Where a resource names the role that it runs with.
_USES = {
    ("AWS::Chatbot::MicrosoftTeamsChannelConfiguration", "IamRoleArn"): "chat channel",
    ("AWS::Chatbot::SlackChannelConfiguration", "IamRoleArn"): "chat channel",
    ("AWS::CodeBuild::Project", "ServiceRole"): "project",
    ("AWS::CodeDeploy::DeploymentGroup", "ServiceRoleArn"): "deployment group",
    ("AWS::CodePipeline::Pipeline", "RoleArn"): "pipeline",
    ("AWS::EC2::FlowLog", "DeliverLogsPermissionArn"): "flow log",
    ("AWS::ECR::RepositoryCreationTemplate", "CustomRoleArn"): "repository template",
    ("AWS::ECS::TaskDefinition", "ExecutionRoleArn"): "execution role",
    ("AWS::ECS::TaskDefinition", "TaskRoleArn"): "task role",
    ("AWS::IAM::InstanceProfile", "Roles"): "instance",
    ("AWS::Lambda::Function", "Role"): "function",
    ("AWS::Synthetics::Canary", "ExecutionRoleArn"): "canary",
}


@dataclass(frozen=True)
class Use:
    """Something that runs with a role.

    Attributes
    ----------
    kind
        ``task role``, ``execution role``, ``function``, ``deployment group``, ``instance``,
        ``flow log``, ``pipeline``, ``project``, ``repository template`` or ``chat channel``;
        ``assumed role`` where another role runs with it.
    arn
        The ARN of what runs; the name of its stack where it has none.
    """

    kind: str
    arn: str


@dataclass(frozen=True)
class Role:
    """One role, with all that it may do and all that it may not."""

    arn: str
    place: str
    owner: Owner
    trust: tuple[Statement, ...]
    identity: tuple[Statement, ...]
    boundary: tuple[Statement, ...]
    uses: tuple[Use, ...]

    @property
    def functions(self) -> tuple[str, ...]:
        """The ARNs of the functions that run with it."""
        return tuple(use.arn for use in self.uses if use.kind == "function")

    def denied(self, action: str, resource: str) -> bool:
        """Tell whether the code that runs with this role is refused an action in any case.

        Only the conditions that hold for all that runs with it count: none, or one on the function
        whose code asks.
        https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
        """
        return any(
            not statement.allows
            and {"Action", "Resource"} <= statement.elements
            and any(matches(pattern, action) for pattern in statement.actions)
            and any(matches(pattern, resource) for pattern in statement.resources)
            and self._holds_for_all_code(statement)
            for statement in self.identity
        )

    def _holds_for_all_code(self, statement: Statement) -> bool:
        if not statement.conditions:
            return True
        if len(statement.conditions) > 1 or len(self.functions) < len(self.uses):
            return False
        ((operator, key, values),) = statement.conditions
        return (
            (operator, key) == ("ArnLike", "lambda:SourceFunctionArn")
            or (operator, key) == ("ArnEquals", "lambda:SourceFunctionArn")
        ) and all(any(matches(value, arn) for value in values) for arn in self.functions)


def roles(assembly: Assembly) -> tuple[Role, ...]:
    """Return all roles of all templates."""
    kinds: Mapping[str, dict[str, list[Statement]]] = {
        kind: defaultdict(list) for kind in ("trust", "identity", "boundary")
    }
    for statement in statements(assembly):
        for holder in statement.holders:
            kinds[statement.kind][holder].append(statement)
    used = _uses(assembly)
    return tuple(
        Role(
            arn=arn,
            place=f"{stack.name}/{logical_id}",
            owner=stack.owner,
            trust=tuple(kinds["trust"][arn]),
            identity=tuple(kinds["identity"][arn]),
            boundary=tuple(kinds["boundary"][arn]),
            uses=(*used.get(arn, ()), *_assuming(kinds["trust"][arn])),
        )
        for stack in assembly.stacks
        for logical_id, resource in stack.resources.items()
        if resource["Type"] == "AWS::IAM::Role"
        for arn in (assembly.arn(stack, logical_id),)
    )


def _uses(assembly: Assembly) -> dict[str, list[Use]]:
    found: dict[str, list[Use]] = defaultdict(list)
    for stack in assembly.stacks:
        for logical_id, resource in stack.resources.items():
            for (type_, name), kind in _USES.items():
                if resource["Type"] == type_ and name in resource["Properties"]:
                    for role in _role_arns(assembly, stack, resource["Properties"][name]):
                        named = resource["Type"] not in WITHOUT_AN_ARN
                        user = assembly.arn(stack, logical_id) if named else stack.name
                        found[role].append(Use(kind, user))
    return found


def _assuming(trust: list[Statement]) -> list[Use]:
    """Return the roles that a role's trust names."""
    return [
        Use("assumed role", value)
        for statement in trust
        for value in statement.condition("aws:PrincipalArn")
    ]


def _role_arns(assembly: Assembly, stack: Stack, value: Any) -> list[str]:
    texts = [assembly.text(stack, each) for each in (value if isinstance(value, list) else [value])]
    # An instance profile names its role; all others give the ARN.
    return [
        text
        if text.startswith("arn:")
        else f"arn:{stack.partition}:iam::{stack.account}:role/{text}"
        for text in texts
    ]
