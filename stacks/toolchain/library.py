"""The two projects that the library makes for itself, brought into line with ours.

One changes the pipeline, one uploads the code of functions. The library names neither, and gives
them roles that it adds to as it likes, the first with the right to assume every bootstrap role of
the account.
"""

from datetime import timedelta
from typing import Any

from aws_cdk import aws_codebuild as codebuild
from aws_cdk import pipelines
from constructs import Construct, IConstruct

from slipway.settings import Account, PipelineNames, Settings
from slipway_constructs.permissions import Permission
from slipway_constructs.pipeline.project import (
    PipelineParts,
    ProjectIdentity,
    acknowledge_project,
)
from slipway_constructs.values import duration
from stacks.toolchain import buildspecs
from stacks.toolchain.bootstrap import deploy_role, file_publishing_role

UPDATE, ASSETS = "update", "assets"
"""What our names for the two projects end with."""

_TIMEOUT = timedelta(hours=1)


class LibraryProjects(Construct):
    """As whom the library's projects run.

    Parameters
    ----------
    scope, id_
        Where they live, and their name there.
    settings, names
        The settings.
    parts
        What all projects of the pipeline have in common.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        names: PipelineNames,
        parts: PipelineParts,
    ) -> None:
        super().__init__(scope, id_)
        environments = [environment for wave in settings.waves for environment in wave]
        tooling = settings.application.tooling
        regions = sorted({tooling.region, *(each.region for each in environments)})
        places = [Account(account=tooling.account, region=region) for region in regions]
        self._update = ProjectIdentity(
            self,
            UPDATE,
            name=names.project(UPDATE),
            parts=parts,
            permissions=[
                # It deploys this stack, and those that this one stands on.
                Permission(
                    ["sts:AssumeRole"],
                    [role(self, each) for each in places for role in _ROLES],
                )
            ],
        )
        self._assets = ProjectIdentity(
            self,
            ASSETS,
            name=names.project(ASSETS),
            parts=parts,
            permissions=[
                Permission(
                    ["sts:AssumeRole"],
                    sorted({file_publishing_role(self, each) for each in environments}),
                )
            ],
        )

    @property
    def update_defaults(self) -> pipelines.CodeBuildOptions:
        """What the library is told of the project that changes the pipeline."""
        return _defaults(self._update)

    @property
    def assets_defaults(self) -> pipelines.CodeBuildOptions:
        """What the library is told of the project that uploads."""
        commands = codebuild.BuildSpec.from_object(buildspecs.before_publishing())
        return _defaults(self._assets, partial_build_spec=commands)

    def adopt(self, flow: pipelines.CodePipeline) -> None:
        """Give the projects of a pipeline that is built our names and our roles."""
        update = flow.node.find_child("UpdatePipeline").node.find_child("SelfMutation")
        _adopt(update, update.node.find_child("Role"), self._update)
        assets = flow.node.find_child("Assets")
        _adopt(
            assets.node.find_child("FileAsset"), assets.node.find_child("FileRole"), self._assets
        )


_ROLES = (deploy_role, file_publishing_role)


def _defaults(identity: ProjectIdentity, **options: Any) -> pipelines.CodeBuildOptions:
    return pipelines.CodeBuildOptions(
        logging=identity.logging, timeout=duration(_TIMEOUT), **options
    )


def _adopt(project: IConstruct, library_role: IConstruct, identity: ProjectIdentity) -> None:
    resource = project.node.default_child
    assert isinstance(resource, codebuild.CfnProject)  # noqa: S101 - narrows the type
    resource.add_property_override("Name", identity.name)
    resource.add_property_override("ServiceRole", identity.role.role_arn)
    scope = library_role.node.scope
    assert scope is not None  # noqa: S101 - narrows the type
    scope.node.try_remove_child(library_role.node.id)
    acknowledge_project(project)
