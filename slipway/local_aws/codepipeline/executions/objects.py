"""The artifacts' buckets, as the pipeline's role reaches them."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from slipway.local_aws.codepipeline.action import ActionFailed
from slipway.local_aws.codepipeline.definition.model import Bucket
from slipway.local_aws.codepipeline.errors import invalid_structure
from slipway.local_aws.machine import Machine
from slipway.local_aws.roles import (
    RoleNotAssumedError,
    assume_service_role,
    require_service_trust,
)

SERVICE = "codepipeline.amazonaws.com"
"""Whom a pipeline's role has to trust."""


def require_trust(role_arn: str, pipeline_arn: str) -> None:
    """Check that CodePipeline may act as a pipeline's role.

    Raises
    ------
    CodePipelineError
        There is no such role, or it doesn't trust CodePipeline.
    """
    try:
        require_service_trust(role_arn, SERVICE, source_arn=pipeline_arn)
    except RoleNotAssumedError as error:
        raise invalid_structure(
            f"CodePipeline is not authorized to perform AssumeRole on role {role_arn}: {error}"
        ) from error


class RoleObjects:
    """Objects, read and written by the pipeline's role.

    Parameters
    ----------
    pipeline_arn
        On whose behalf the role is assumed.
    """

    def __init__(self, machine: Machine, role_arn: str, pipeline_arn: str) -> None:
        self._machine = machine
        self._role_arn = role_arn
        self._pipeline_arn = pipeline_arn

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
        try:
            credentials = assume_service_role(
                self._role_arn, SERVICE, "artifacts", source_arn=self._pipeline_arn
            )
        except RoleNotAssumedError as error:
            raise ActionFailed(
                f"CodePipeline can't act as the pipeline's role: {error}", "PermissionError"
            ) from error
        region = self._pipeline_arn.split(":")[3]
        return self._machine.client_as("s3", credentials, region=region)
