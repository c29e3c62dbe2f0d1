"""Where the commits come from, and which of them start the pipeline."""

from aws_cdk import aws_codeconnections as codeconnections
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from constructs import Construct

from slipway.settings import PipelineNames
from slipway.settings.pipeline import Pipeline

_PROVIDERS = {"github": "GitHub", "gitlab": "GitLab", "bitbucket": "Bitbucket"}


def connection_arn(scope: Construct, names: PipelineNames, wanted: Pipeline) -> str:
    """Give the connection to the repository's host; make one where none was named.

    A new connection is pending until a person has completed it in the console.
    https://docs.aws.amazon.com/dtconsole/latest/userguide/connections-update.html
    """
    if wanted.host.connection is not None:
        return wanted.host.connection
    assert wanted.host.provider is not None  # noqa: S101 - narrows the type
    connection = codeconnections.CfnConnection(
        scope,
        "Connection",
        connection_name=names.pipeline,
        provider_type=_PROVIDERS[wanted.host.provider],
    )
    return connection.attr_connection_arn


def add_source(
    pipeline: codepipeline.Pipeline,
    wanted: Pipeline,
    *,
    connection: str,
    output: codepipeline.Artifact,
) -> actions.CodeStarConnectionsSourceAction:
    """Add the first stage: a commit of the branch."""
    # GitLab's groups may hold groups: all but the last part is the owner.
    owner, _, repository = wanted.repository.rpartition("/")
    action = actions.CodeStarConnectionsSourceAction(
        action_name="Commit",
        connection_arn=connection,
        owner=owner,
        repo=repository,
        branch=wanted.branch,
        output=output,
        # The trigger says which commits start it.
        trigger_on_push=False,
        # A namespace must not be the name of an artifact, which is Source.
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
        variables_namespace="Commit",
    )
    pipeline.add_stage(stage_name="Source", actions=[action])
    return action


def triggers(
    wanted: Pipeline, action: actions.CodeStarConnectionsSourceAction
) -> codepipeline.GitConfiguration:
    """Say which commits start the pipeline."""
    paths = wanted.paths
    return codepipeline.GitConfiguration(
        source_action=action,
        push_filter=[
            codepipeline.GitPushFilter(
                branches_includes=[wanted.branch],
                file_paths_includes=list(paths.include) or None,
                file_paths_excludes=list(paths.exclude) or None,
            )
        ],
    )
