"""The pipeline's own roles: which they are, and what nobody but they may do."""

import re
from collections.abc import Mapping

from policies.iam.roles import Role
from policies.iam.things import Owner, Thing

MAY: Mapping[str, str] = {
    "ecs:RegisterTaskDefinition": "CodePipeline's action registers the revision that it releases. "
    "It passes the roles of this environment's tasks and no others",
}
"""What is forbidden to every other role, and why the pipeline's have it."""

TOOLING = "tooling"
"""The environment that the tags of the registry and the pipeline name."""

_SERVICES = ("codebuild.amazonaws.com", "codepipeline.amazonaws.com")
_RUNS_TASKS = {"execution role", "task role"}


def is_pipelines(role: Role) -> bool:
    """Tell whether nobody but the pipeline can assume a role.

    It runs with it, or a role with a name of the pipeline's does.
    """
    assumed = [each for each in role.trust if each.allows]
    return bool(assumed) and all(
        value in _SERVICES if kind == "Service" else kind == "AWS" and _by_name(role, names)
        for statement in assumed
        for names in [statement.condition("aws:PrincipalArn")]
        for kind, value in statement.principals
    )


def _by_name(role: Role, names: tuple[str, ...]) -> bool:
    application = re.escape(role.owner.application)
    own = re.compile(rf"arn:aws:iam::\d{{12}}:role/{application}-pipeline(-[a-z0-9-]+)?")
    return bool(names) and all(own.fullmatch(name) for name in names)


def is_of_pipeline(owner: Owner, thing: Thing) -> bool:
    """Tell whether something belongs to the pipeline of the same application."""
    return (thing.owner.application, thing.owner.environment) == (owner.application, TOOLING)


def may_pass(role: Role, other: Role) -> bool:
    """Tell whether a role of the pipeline may pass another one: to tasks of its environment."""
    return role.owner.of_environment(other.owner) and (
        {use.kind for use in other.uses} <= _RUNS_TASKS
    )
