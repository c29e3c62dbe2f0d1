"""A blue/green release of an ECS service by CodeDeploy.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECSbluegreen.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from slipway.local_aws.codepipeline.action import (
    ActionAbandoned,
    ActionFailed,
    ActionResult,
    ActionRun,
    ActionType,
    Credentials,
)
from slipway.local_aws.codepipeline.actions.acting import (
    client,
    credentials_of,
    read_input,
    reason_of,
)

_IMAGES = range(1, 5)
_TASK_DEFINITION = "<TASK_DEFINITION>"
_INTERVAL_SECONDS = 0.25
_LARGEST_INPUT = 3 * 1024**2
"""In bytes. https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html"""


class EcsRelease:
    """Registers a task definition and deploys it; abandoned, the deployment goes on."""

    type = ActionType("Deploy", "CodeDeployToECS")
    required = frozenset(
        {
            "ApplicationName",
            "DeploymentGroupName",
            "TaskDefinitionTemplateArtifact",
            "AppSpecTemplateArtifact",
        }
    )
    optional = frozenset({"TaskDefinitionTemplatePath", "AppSpecTemplatePath"}) | {
        f"Image{number}{what}" for number in _IMAGES for what in ("ArtifactName", "ContainerName")
    }

    def problem(self, configuration: Mapping[str, str]) -> str | None:
        """Refuse an image of which only the artifact or only the placeholder is named."""
        for number in _IMAGES:
            said = {key for key in configuration if key.startswith(f"Image{number}")}
            if len(said) == 1:
                both = f"Image{number}ArtifactName and Image{number}ContainerName"
                return f"{said.pop()} is said alone: {both} go together"
        return None

    def run(self, run: ActionRun) -> ActionResult:
        """Make the revision, deploy it, and wait for the deployment's end."""
        configuration = run.declaration.configuration
        credentials = credentials_of(run)
        _require_small_inputs(run)
        task_definition = _task_definition(run, credentials)
        appspec = read_input(
            run,
            credentials,
            configuration["AppSpecTemplateArtifact"],
            configuration.get("AppSpecTemplatePath", "appspec.yaml"),
        )
        try:
            registered = client(run, "ecs", credentials).register_task_definition(**task_definition)
        except (ClientError, ParamValidationError, TypeError) as error:
            said = reason_of(error) if isinstance(error, ClientError) else _in_one_line(error)
            raise ActionFailed(
                f"The task definition can't be registered: {said}", "ConfigurationError"
            ) from error
        arn = registered["taskDefinition"]["taskDefinitionArn"]
        codedeploy = client(run, "codedeploy", credentials)
        deployment_id = _deploy(run, codedeploy, appspec.replace(_TASK_DEFINITION, arn))
        run.tell(external_execution_id=deployment_id, summary=f"Deployment {deployment_id}")
        _wait(run, codedeploy, deployment_id)
        return ActionResult()


def _require_small_inputs(run: ActionRun) -> None:
    s3 = run.machine.client("s3", account=run.account, region=run.region)
    for name in run.declaration.inputs:
        place = run.artifacts.location(name)
        size = s3.head_object(Bucket=place.bucket, Key=place.key)["ContentLength"]
        if size > _LARGEST_INPUT:
            raise ActionFailed(
                f"The input artifact {name} has {size} bytes: at most {_LARGEST_INPUT} are allowed",
                "ConfigurationError",
            )


def _task_definition(run: ActionRun, credentials: Credentials) -> dict[str, Any]:
    """Read the task definition's template, with the images in their places.

    An image's artifact says it in ``imageDetail.json``.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/file-reference.html
    """
    configuration = run.declaration.configuration
    artifact = configuration["TaskDefinitionTemplateArtifact"]
    path = configuration.get("TaskDefinitionTemplatePath", "taskdef.json")
    text = read_input(run, credentials, artifact, path)
    for number in _IMAGES:
        if placeholder := configuration.get(f"Image{number}ContainerName"):
            image_artifact = configuration[f"Image{number}ArtifactName"]
            said = read_input(run, credentials, image_artifact, "imageDetail.json")
            detail = _json(said, "imageDetail.json")
            if "ImageURI" not in detail:
                raise ActionFailed(
                    f"imageDetail.json of {image_artifact} has no ImageURI", "ConfigurationError"
                )
            text = text.replace(f"<{placeholder}>", detail["ImageURI"])
    return _json(text, f"{path} of {artifact}")


def _deploy(run: ActionRun, codedeploy: Any, appspec: str) -> str:
    configuration = run.declaration.configuration
    application, group = configuration["ApplicationName"], configuration["DeploymentGroupName"]
    digest = hashlib.sha256(appspec.encode()).hexdigest()
    revision = {
        "revisionType": "AppSpecContent",
        "appSpecContent": {"content": appspec, "sha256": digest},
    }
    try:
        codedeploy.register_application_revision(applicationName=application, revision=revision)
        made = codedeploy.create_deployment(
            applicationName=application, deploymentGroupName=group, revision=revision
        )
    except ClientError as error:
        raise ActionFailed(
            f"No deployment to {application}/{group}: {reason_of(error)}", "ConfigurationError"
        ) from error
    return str(made["deploymentId"])


def _wait(run: ActionRun, codedeploy: Any, deployment_id: str) -> None:
    while True:
        found = codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]
        if found["status"] == "Succeeded":
            return
        if found["status"] in ("Failed", "Stopped"):
            said = found.get("errorInformation", {}).get("message", "no reason given")
            raise ActionFailed(f"Deployment {deployment_id} has {_ENDED[found['status']]}: {said}")
        if run.abandoned.wait(_INTERVAL_SECONDS):
            raise ActionAbandoned(f"nobody waits for the deployment {deployment_id} any more")


_ENDED = {"Failed": "failed", "Stopped": "been stopped"}


def _json(text: str, what: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError as error:
        raise ActionFailed(f"{what} is no JSON: {error}", "ConfigurationError") from error
    if not isinstance(read, dict):
        raise ActionFailed(f"{what} is no JSON object", "ConfigurationError")
    return read


def _in_one_line(error: Exception) -> str:
    return "; ".join(str(error).splitlines())
