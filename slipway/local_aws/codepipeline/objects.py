"""The artifacts' buckets, as the pipeline's role reaches them."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from slipway.local_aws.codepipeline.action import ActionFailed
from slipway.local_aws.codepipeline.definition import Bucket
from slipway.local_aws.machine import Machine


class RoleObjects:
    """Objects, read and written by the pipeline's role."""

    def __init__(self, machine: Machine, account: str, region: str, role_arn: str) -> None:
        self._machine = machine
        self._account = account
        self._region = region
        self._role_arn = role_arn

    def get(self, bucket: str, key: str) -> bytes:
        """Read an object."""
        try:
            content: bytes = self._s3().get_object(Bucket=bucket, Key=key)["Body"].read()
        except (ClientError, BotoCoreError) as error:
            raise ActionFailed(
                f"The artifact s3://{bucket}/{key} can't be read: {error}", "PermissionError"
            ) from error
        return content

    def put(self, bucket: Bucket, key: str, content: bytes) -> None:
        """Write an object, with the key of the artifact store."""
        encryption = {"ServerSideEncryption": "aws:kms"}
        if bucket.encryption_key:
            encryption["SSEKMSKeyId"] = bucket.encryption_key
        try:
            self._s3().put_object(Bucket=bucket.name, Key=key, Body=content, **encryption)
        except (ClientError, BotoCoreError) as error:
            raise ActionFailed(
                f"The artifact s3://{bucket.name}/{key} can't be written: {error}",
                "PermissionError",
            ) from error

    def _s3(self) -> Any:
        return self._machine.client("s3", account=self._account, region=self._region)
