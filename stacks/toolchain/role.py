"""What AWS CodePipeline itself may do."""

from collections.abc import Mapping

from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from slipway.settings import PipelineNames, Settings
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.permissions import Permission, ServiceRole
from slipway_constructs.pipeline.artifacts import to_copy, to_exchange
from slipway_constructs.values import arn, role_arn
from stacks.toolchain.bootstrap import deploy_role
from stacks.toolchain.projects import Projects

# Both, whatever the connection's ARN begins with.
# https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
_USE_CONNECTION = ("codeconnections:UseConnection", "codestar-connections:UseConnection")


def pipeline_role(
    scope: Construct,
    *,
    settings: Settings,
    names: PipelineNames,
    artifacts: s3.IBucket,
    stores: Mapping[str, s3.IBucket],
    encryption: EncryptionKey,
    connection: str,
    topic: sns.ITopic,
) -> ServiceRole:
    """Make the role of the pipeline, with which it also runs every action of this account.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html
    """
    exchange = to_exchange(artifacts, encryption)
    copies = [
        to_copy(scope, store, region=region, key_alias=names.key_alias)
        for region, store in stores.items()
    ]
    environments = [environment for wave in settings.waves for environment in wave]
    assumed = sorted(
        {
            role
            for each in environments
            for role in (
                deploy_role(scope, each),
                role_arn(scope, each.account, settings.names(each.name).release_role),
            )
        }
    )
    return ServiceRole(
        scope,
        "Role",
        name=names.pipeline,
        service="codepipeline.amazonaws.com",
        permissions=[
            *exchange.permissions,
            *(permission for each in copies for permission in each.permissions),
            Permission(_USE_CONNECTION, [connection]),
            Permission(
                ["codebuild:BatchGetBuilds", "codebuild:StartBuild"],
                [
                    arn(scope, "codebuild", f"project/{names.project(each)}")
                    for each in Projects.names(settings)
                ],
            ),
            Permission(["sns:Publish"], [topic.topic_arn]),
            Permission(["sts:AssumeRole"], assumed),
        ],
        wildcards={
            **exchange.wildcards,
            **{resource: why for each in copies for resource, why in each.wildcards.items()},
        },
    )
