"""Where a pipeline keeps what its actions hand to one another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.findings import acknowledge_each
from slipway_constructs.permissions import Permission
from slipway_constructs.private_bucket import PrivateBucket
from slipway_constructs.values import arn

# A stage that is rolled back or retried reads what an earlier execution left here.
_KEPT = timedelta(days=90)


class ArtifactStore(Construct):
    """A bucket for the artifacts of a pipeline in one region, encrypted with a key of ours.

    An artifact is kept for 90 days: that far back a stage can be retried or rolled back.

    Parameters
    ----------
    scope, id_
        Where the bucket lives, and its name there.
    name
        The bucket's name.
    encryption
        The key of what is in it.
    readers
        The ARNs of the roles of other accounts whose actions read artifacts here. They must be
        there: neither policy takes a role that isn't.

    Attributes
    ----------
    bucket
        As the library may know it: it admits more, and more widely, than is needed.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        encryption: EncryptionKey,
        readers: Sequence[str],
    ) -> None:
        super().__init__(scope, id_)
        bucket = PrivateBucket(
            self,
            "Bucket",
            retention=_KEPT,
            bucket_name=name,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=encryption,
            bucket_key_enabled=True,
        )
        if readers:
            _admit(readers, bucket, encryption)
        self.bucket = s3.Bucket.from_bucket_attributes(
            self,
            "Known",
            bucket_arn=bucket.bucket_arn,
            encryption_key=kms.Key.from_key_arn(self, "KnownKey", encryption.key_arn),
        )
        acknowledge_each(
            bucket,
            {
                "Only the pipeline's own roles, and the environments' that the policy names, read "
                "or write artifacts, and CodePipeline keeps which action got which of them. Access "
                "logs would need another bucket with the same finding.": [
                    "AwsSolutions-S1",
                    "S3BucketLoggingEnabled",
                    "CKV_AWS_18",
                ],
                "An artifact is made from a commit, and made again from it: nothing here is the "
                "only copy of anything. A second region would have it for the day on which the "
                "pipeline of this one is gone.": ["S3BucketReplicationEnabled"],
            },
        )


def _admit(readers: Sequence[str], bucket: s3.Bucket, encryption: EncryptionKey) -> None:
    """Let roles of other accounts read.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-cross-account.html
    """
    principals = [iam.ArnPrincipal(reader) for reader in readers]
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            principals=principals,
            actions=["s3:GetObject", "s3:GetObjectVersion"],
            resources=[bucket.arn_for_objects("*")],
        )
    )
    encryption.add_to_resource_policy(
        iam.PolicyStatement(principals=principals, actions=["kms:Decrypt"], resources=["*"])
    )


@dataclass(frozen=True)
class Exchange:
    """What a role needs to read and write artifacts, and why it has wildcards."""

    permissions: Sequence[Permission]
    wildcards: Mapping[str, str]


def to_exchange(bucket: s3.IBucket, encryption: kms.IKey) -> Exchange:
    """Let a role read and write the artifacts of its pipeline.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html
    """
    artifacts = bucket.arn_for_objects("*")
    return Exchange(
        permissions=[
            Permission(
                ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
                [artifacts],
            ),
            Permission(
                ["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"],
                [bucket.bucket_arn],
            ),
            Permission(
                ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
                [encryption.key_arn],
            ),
        ],
        wildcards={
            artifacts: "CodePipeline makes up the keys of artifacts as it goes. The bucket holds "
            "this pipeline's and nothing else."
        },
    )


def to_copy(scope: Construct, bucket: s3.IBucket, *, region: str, key_alias: str) -> Exchange:
    """Let the pipeline copy artifacts to another region, where an action reads them.

    The key's id is made up when it is created, so it is known by its alias.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-create-cross-region.html
    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    artifacts = bucket.arn_for_objects("*")
    keys = arn(scope, "kms", "key/*", region=region)
    return Exchange(
        permissions=[
            Permission(["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], [artifacts]),
            Permission(
                ["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"],
                [bucket.bucket_arn],
            ),
            Permission(
                ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
                [keys],
                {"ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{key_alias}"}},
            ),
        ],
        wildcards={
            artifacts: "CodePipeline makes up the keys of artifacts as it goes. The bucket holds "
            "this pipeline's and nothing else.",
            keys: "The condition leaves the key of the pipeline's artifacts in that region, whose "
            "id isn't known before it is made.",
        },
    )
