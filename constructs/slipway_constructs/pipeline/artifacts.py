"""Where a pipeline keeps what its actions hand to one another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.findings import acknowledge_each
from slipway_constructs.permissions import Permission

# A stage that is rolled back or retried reads what an earlier execution left here.
_KEPT = timedelta(days=90)
_RECOVERABLE = timedelta(days=7)


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
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, encryption: EncryptionKey) -> None:
        super().__init__(scope, id_)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            bucket_name=name,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=encryption,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(_KEPT.days),
                    noncurrent_version_expiration=Duration.days(_RECOVERABLE.days),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                ),
                s3.LifecycleRule(expired_object_delete_marker=True),
            ],
            removal_policy=RemovalPolicy.RETAIN,
        )
        acknowledge_each(
            self.bucket,
            {
                "Who reads or writes artifacts is the pipeline's own roles, and the event history "
                "of CloudTrail has what they do. Access logs would need another bucket with the "
                "same finding.": [
                    "AwsSolutions-S1",
                    "S3BucketLoggingEnabled",
                    "CKV_AWS_18",
                ],
                "An artifact is made from a commit, and made again from it: nothing here is the "
                "only copy of anything. A second region would have it for the day on which the "
                "pipeline of this one is gone.": ["S3BucketReplicationEnabled"],
            },
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
