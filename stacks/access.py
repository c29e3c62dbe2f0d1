"""The Access stack: what lets the pipeline into an environment's account."""

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from slipway.settings import Account, Names
from slipway.settings.names import PipelineNames
from slipway_constructs.pipeline.access import Artifacts, PipelineAccess


class AccessStack(Stack):
    """The two roles of an environment that the pipeline assumes.

    A stack of its own and never part of the environment's stage: the pipeline doesn't deploy what
    lets it in. ``slipway bootstrap`` does, before the Toolchain stack, whose policies name these
    roles.

    Parameters
    ----------
    scope, id_
        Where the stack lives, and its name there.
    names
        The names of the environment.
    tooling
        Where the pipeline is.
    """

    def __init__(
        self, scope: Construct, id_: str, *, names: Names, tooling: Account, **kwargs: Any
    ) -> None:
        super().__init__(scope, id_, stack_name=names.stack("access"), **kwargs)
        pipeline = PipelineNames(names.application)
        PipelineAccess(
            self,
            "Pipeline",
            release_role=names.release_role,
            observe_role=names.observe_role,
            pipeline_role=pipeline.pipeline,
            releases_role=pipeline.project("releases"),
            artifacts=Artifacts(
                account=tooling.account,
                # An action reads artifacts in its own region.
                bucket=pipeline.artifact_bucket(tooling.account, self.region),
                key_alias=pipeline.key_alias,
            ),
            cluster_name=names.cluster,
            prefix=names.stack(""),
            task_roles_path=names.task_roles_path,
        )
