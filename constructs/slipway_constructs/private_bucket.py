"""A bucket that nobody outside reads, and that forgets in time."""

from datetime import timedelta
from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from slipway_constructs.values import duration

_RECOVERABLE = timedelta(days=7)


class PrivateBucket(s3.Bucket):
    """A bucket without public access, over TLS only, whose objects expire.

    What somebody deleted or wrote over can be had back for a week. The bucket stays when its stack
    goes: CloudFormation deletes none that holds anything.

    Parameters
    ----------
    scope, id_
        Where the bucket lives, and its name there.
    retention
        How long an object is kept; whole days.
    options
        The library's own, such as those of encryption.
    """

    def __init__(self, scope: Construct, id_: str, *, retention: timedelta, **options: Any) -> None:
        super().__init__(
            scope,
            id_,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=duration(retention),
                    noncurrent_version_expiration=duration(_RECOVERABLE),
                    abort_incomplete_multipart_upload_after=duration(timedelta(days=1)),
                ),
                # What an expired object leaves behind, once its versions are gone.
                s3.LifecycleRule(expired_object_delete_marker=True),
            ],
            removal_policy=RemovalPolicy.RETAIN,
            **options,
        )
