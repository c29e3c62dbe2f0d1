"""What CodeDeploy is given: the AppSpec and the task definition."""

from __future__ import annotations

from typing import Any

from slipway.release.content import registration
from slipway.release.errors import ImageError, aws_errors
from slipway.release.notes import other_tags
from slipway.release.target import Target, short

HOOK_EVENTS = (
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
)
NOT_BUILT = "0" * 64

PLACEHOLDER = "<TASK_DEFINITION>"
"""What CodePipeline's CodeDeploy action puts the ARN of the revision in place of, once it has
registered it. https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECSbluegreen.html"""


def appspec(target: Target, task_definition: str | None = None) -> dict[str, Any]:
    """Render the AppSpec of a release.

    Network, capacity and platform are always said: CodeDeploy makes the new task set from the
    AppSpec and drops what it omits.

    See https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html

    Parameters
    ----------
    task_definition
        Instead of the target's revision: the `PLACEHOLDER`.

    Returns
    -------
    dict
        Ready for ``json.dumps``; keys in the AppSpec's own letter case.
    """
    properties: dict[str, Any] = {
        "TaskDefinition": task_definition or target.revision,
        "LoadBalancerInfo": {
            "ContainerName": target.container,
            "ContainerPort": target.container_port,
        },
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {
                "Subnets": list(target.network.subnets),
                "SecurityGroups": list(target.network.security_groups),
                "AssignPublicIp": target.network.assign_public_ip,
            }
        },
        "CapacityProviderStrategy": [
            {"CapacityProvider": provider.name, "Base": provider.base, "Weight": provider.weight}
            for provider in target.capacity_provider_strategy
        ],
    }
    if target.released_platform_version:
        properties["PlatformVersion"] = target.released_platform_version

    rendered: dict[str, Any] = {
        "version": 0.0,
        "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}],
    }
    hooks = [{event: target.hooks[event]} for event in HOOK_EVENTS if event in target.hooks]
    if hooks:
        rendered["Hooks"] = hooks
    return rendered


def taskdef(ecs: Any, revision: str) -> dict[str, Any]:
    """Render a revision as the input of RegisterTaskDefinition, for a pipeline's taskdef.json.

    Parameters
    ----------
    ecs
        A boto3 ECS client; its service model says which fields RegisterTaskDefinition takes.
    revision
        ARN, or ``family:revision``.

    Raises
    ------
    ImageError
        When an image of it must not be released.

    See https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
    """
    with aws_errors(f"read the task definition {short(revision)}"):
        described = ecs.describe_task_definition(taskDefinition=revision, include=["TAGS"])
    task_definition = described["taskDefinition"]
    refuse_unreleasable_images(task_definition)
    # AWS reserves the aws: prefix: CloudFormation's own tags can't be registered again. What an
    # earlier release noted is not for this one.
    tags = [
        tag for tag in other_tags(described.get("tags", [])) if not tag["key"].startswith("aws:")
    ]
    return registration(ecs, task_definition) | ({"tags": tags} if tags else {})


def refuse_unreleasable_images(task_definition: dict[str, Any]) -> None:
    """Refuse a task definition with an image that was never built or that could change.

    Raises
    ------
    ImageError
        For the all-zero digest, and for an image that is not named by a sha256 digest.
    """
    for container in task_definition["containerDefinitions"]:
        image, _, digest = container["image"].partition("@sha256:")
        if digest == NOT_BUILT:
            raise ImageError(
                f"The image of {container['name']} has not been built: "
                "build it, put its digest into build/images.json, and deploy the stack again"
            )
        if not digest:
            raise ImageError(
                f"The image of {container['name']} is named by a tag ({image}), and a tag can "
                "come to mean another image: deploy the stack with the image's digest"
            )
