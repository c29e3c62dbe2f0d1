"""The pipeline's own roles: which they are, and what nobody but they may do."""

import re
from collections.abc import Mapping

from policies.iam.roles import Role
from policies.iam.things import Owner, Thing

MAY: Mapping[tuple[str, str], str] = {
    ("assumed role", "ecs:RegisterTaskDefinition"): "CodePipeline's action registers the revision "
    "that it releases. It passes the roles of this environment's tasks and no others",
    ("pipeline", "codebuild:StartBuild"): "its own projects",
    **dict.fromkeys(
        (("pipeline", "sts:AssumeRole"), ("project", "sts:AssumeRole")),
        "the pipeline's roles in the environments' accounts, and those of cdk bootstrap",
    ),
    **{
        ("project", f"ecr:{action}"): "images are built, pushed and marked here, of this "
        "application's services"
        for action in ("CompleteLayerUpload", "InitiateLayerUpload", "PutImage", "UploadLayerPart")
    },
    ("project", "ecr:StartImageScan"): "a scan of another day is made again before an image is "
    "judged",
    **{
        ("repository template", action): "the registry makes a repository of its own for each base "
        "image, and encrypts it"
        for action in (
            "ecr:CreateRepository",
            "ecr:TagResource",
            "kms:CreateGrant",
            "kms:RetireGrant",
        )
    },
    **{
        ("project", f"ecr:{action}"): "what images are built on comes through the registry's cache"
        for action in ("BatchImportUpstreamImage", "CreateRepository")
    },
}
"""What is forbidden to every other role, and why the pipeline's have it, by what runs with them."""

TOOLING = "tooling"
"""The environment that the tags of the registry and the pipeline name."""

_SERVICES = ("codebuild.amazonaws.com", "codepipeline.amazonaws.com", "ecr.amazonaws.com")
_RUNS_TASKS = {"execution role", "task role"}


def is_pipelines(role: Role) -> bool:
    """Tell whether nobody but the pipeline, or its registry, can assume a role.

    They run with it, or a role with a name of the pipeline's does.
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


def may(role: Role, action: str) -> bool:
    """Tell whether a role is the pipeline's and has something that no other one may have."""
    return is_pipelines(role) and any((use.kind, action) in MAY for use in role.uses)


def is_of_pipeline(owner: Owner, thing: Thing) -> bool:
    """Tell whether something belongs to the pipeline of the same application, or is its image."""
    return thing.owner.application == owner.application and (
        thing.owner.environment == TOOLING or thing.type == "AWS::ECR::Repository"
    )


def may_pass(role: Role, other: Role) -> bool:
    """Tell whether a role of the pipeline may pass another one: to tasks of its environment."""
    return role.owner.of_environment(other.owner) and (
        {use.kind for use in other.uses} <= _RUNS_TASKS
    )
