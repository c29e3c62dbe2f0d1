"""What CodeDeploy is given: the AppSpec and the task definition."""

from __future__ import annotations

from typing import Any

from slipway.release.errors import ImageError, aws_errors
from slipway.release.target import Target, short

HOOK_EVENTS = (
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
)
NOT_BUILT = "0" * 64


def appspec(target: Target) -> dict[str, Any]:
    """Render the AppSpec of a release.

    Network, capacity and platform are always said: CodeDeploy makes the new task set from the
    AppSpec and drops what it omits.

    See https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html

    Returns
    -------
    dict
        Ready for ``json.dumps``; keys in the AppSpec's own letter case.
    """
    properties: dict[str, Any] = {
        "TaskDefinition": target.revision,
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
    # Only Fargate has platform versions; ECS refuses one beside an Auto Scaling provider.
    if target.platform_version and all(p.is_fargate for p in target.capacity_provider_strategy):
        properties["PlatformVersion"] = target.platform_version

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
    register = ecs.meta.service_model.operation_model("RegisterTaskDefinition")
    fields = {
        key: value for key, value in task_definition.items() if key in register.input_shape.members
    }
    # AWS reserves the aws: prefix: CloudFormation's own tags can't be registered again.
    tags = [tag for tag in described.get("tags", []) if not tag["key"].startswith("aws:")]
    return fields | ({"tags": tags} if tags else {})


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
