"""As whom an action does its work: the pipeline's role, or a role that this one assumes.

https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-cross-account.html
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

from botocore.exceptions import ClientError

from slipway.local_aws.codepipeline.action import ActionFailed, ActionRun, Credentials
from slipway.local_aws.roles import RoleNotAssumedError, assume_service_role

_SERVICE = "codepipeline.amazonaws.com"


def credentials_of(run: ActionRun) -> Credentials:
    """Return the credentials of the role that does an action's work.

    CodePipeline assumes the pipeline's role; with that session it assumes the action's own role,
    where the action has one, in whichever account it is.

    Raises
    ------
    ActionFailed
        A role does not exist, or does not trust whoever assumes it.
    """
    pipeline = f"arn:aws:codepipeline:{run.region}:{run.account}:{run.pipeline}"
    try:
        own = assume_service_role(
            run.pipeline_role_arn, _SERVICE, run.action_execution_id, source_arn=pipeline
        )
    except RoleNotAssumedError as error:
        message = f"CodePipeline can't act as the pipeline's role: {error}"
        raise ActionFailed(message, "PermissionError") from error
    if run.acts_as == run.pipeline_role_arn:
        return own
    sts = run.machine.client_as("sts", own, region=run.region)
    try:
        session = sts.assume_role(RoleArn=run.acts_as, RoleSessionName=run.action_execution_id)[
            "Credentials"
        ]
    except ClientError as error:
        message = f"the action's role can't be assumed: {reason_of(error)}"
        raise ActionFailed(message, "PermissionError") from error
    return {
        "aws_access_key_id": session["AccessKeyId"],
        "aws_secret_access_key": session["SecretAccessKey"],
        "aws_session_token": session["SessionToken"],
    }


def client(run: ActionRun, service: str, credentials: Credentials) -> Any:
    """Make a client that calls as whoever has these credentials, in the action's region."""
    return run.machine.client_as(service, credentials, region=run.region)


def read_input(run: ActionRun, credentials: Credentials, name: str, path: str) -> str:
    """Return a text file of an input artifact, read as whoever does the action's work.

    Where the role is another account's, the bucket and its key have to let it in.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-cross-account.html

    Raises
    ------
    ActionFailed
        The role may not read it, there is no such file, or it is no text.
    """
    place = run.artifacts.location(name)
    try:
        found = client(run, "s3", credentials).get_object(Bucket=place.bucket, Key=place.key)
        with zipfile.ZipFile(io.BytesIO(found["Body"].read())) as archive:
            return archive.read(path).decode()
    except ClientError as error:
        message = f"The role {run.acts_as} can't read the artifact {name}: {reason_of(error)}"
        raise ActionFailed(message, "PermissionError") from error
    except KeyError:
        message = f"The artifact {name} has no file {path}"
        raise ActionFailed(message, "ConfigurationError") from None
    except (UnicodeDecodeError, zipfile.BadZipFile) as error:
        raise ActionFailed(f"{path} of {name} is no text: {error}", "ConfigurationError") from error


def account_of(run: ActionRun) -> str:
    """Return the account in which an action does its work: that of its role."""
    return run.acts_as.split(":")[4]


def reason_of(error: ClientError) -> str:
    """Return what a service said, with its error code."""
    said = error.response.get("Error", {})
    return f"{said.get('Message', error)} ({said.get('Code', 'unknown')})"
