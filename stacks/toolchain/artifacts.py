"""Where the pipeline keeps artifacts for actions in regions other than its own."""

from collections.abc import Iterable, Sequence
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from slipway.settings import Account, Environment, PipelineNames, Settings
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.pipeline.artifacts import ArtifactStore
from slipway_constructs.values import arn, role_arn
from stacks.toolchain.bootstrap import deploy_role


class ArtifactsStack(Stack):
    """The bucket of one region, with its key, for the environments that are there.

    AWS CodePipeline copies what an action of another region needs into a bucket of that region.

    Parameters
    ----------
    scope, id_
        Where the stack lives, and its name there.
    settings
        The settings of the whole application; they have a pipeline.
    environments
        Those of the region.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        environments: Sequence[Environment],
        place: Account,
        **kwargs: Any,
    ) -> None:
        names = PipelineNames(settings.application.application)
        super().__init__(scope, id_, stack_name=names.artifacts_stack, **kwargs)
        encryption = EncryptionKey(
            self, "Encryption", alias=names.key_alias, removal_policy=RemovalPolicy.RETAIN
        )
        ArtifactStore(
            self,
            "Artifacts",
            name=names.artifact_bucket(place.account, place.region),
            encryption=encryption,
            readers=readers(self, settings, environments),
        )


def readers(scope: Construct, settings: Settings, environments: Iterable[Environment]) -> list[str]:
    """List the roles of environments whose actions read artifacts."""
    return [
        role
        for each in environments
        for role in (
            deploy_role(scope, each),
            role_arn(scope, each.account, settings.names(each.name).release_role),
        )
    ]


def further_places(settings: Settings) -> dict[Account, list[Environment]]:
    """List where the pipeline acts besides its own region, each with its environments."""
    tooling = settings.application.tooling
    found: dict[Account, list[Environment]] = {}
    for wave in settings.waves:
        for environment in wave:
            if environment.region != tooling.region:
                place = Account(account=tooling.account, region=environment.region)
                found.setdefault(place, []).append(environment)
    return found


def import_store(scope: Construct, names: PipelineNames, place: Account) -> s3.IBucket:
    """Refer to the bucket of another region, and to its key by the alias."""
    # CodePipeline takes an alias where the key is of its own account.
    # https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_EncryptionKey.html
    alias = arn(scope, "kms", f"alias/{names.key_alias}", region=place.region)
    return s3.Bucket.from_bucket_attributes(
        scope,
        f"Artifacts-{place.region}",
        bucket_name=names.artifact_bucket(place.account, place.region),
        encryption_key=kms.Key.from_key_arn(scope, f"Encryption-{place.region}", alias),
        region=place.region,
    )
