from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from slipway.release import ImageError, Target, appspec, taskdef

REVISION = "arn:aws:ecs:eu-west-1:111111111111:task-definition/shop-prod-storefront:7"
IMAGE = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/shop/storefront"


@pytest.fixture
def ecs() -> Any:
    return boto3.client("ecs", region_name="eu-west-1")


def described(image: str) -> dict[str, Any]:
    return {
        "taskDefinition": {
            "taskDefinitionArn": REVISION,
            "family": "shop-prod-storefront",
            "revision": 7,
            "status": "ACTIVE",
            "requiresAttributes": [{"name": "com.amazonaws.ecs.capability.ecr-auth"}],
            "compatibilities": ["EC2", "FARGATE"],
            "registeredBy": "arn:aws:iam::111111111111:role/deploy",
            "networkMode": "awsvpc",
            "cpu": "256",
            "runtimePlatform": {"cpuArchitecture": "X86_64"},
            "containerDefinitions": [{"name": "storefront", "image": image}],
        },
        "tags": [
            {"key": "aws:cloudformation:stack-name", "value": "shop-prod-storefront"},
            {"key": "owner", "value": "platform"},
        ],
    }


def test_appspec_says_everything_codedeploy_would_drop(target: Target) -> None:
    assert appspec(target) == {
        "version": 0.0,
        "Resources": [
            {
                "TargetService": {
                    "Type": "AWS::ECS::Service",
                    "Properties": {
                        "TaskDefinition": REVISION,
                        "LoadBalancerInfo": {
                            "ContainerName": "storefront",
                            "ContainerPort": 8080,
                        },
                        "NetworkConfiguration": {
                            "AwsvpcConfiguration": {
                                "Subnets": ["subnet-a", "subnet-b"],
                                "SecurityGroups": ["sg-tasks"],
                                "AssignPublicIp": "DISABLED",
                            }
                        },
                        "CapacityProviderStrategy": [
                            {"CapacityProvider": "FARGATE", "Base": 1, "Weight": 1},
                            {"CapacityProvider": "FARGATE_SPOT", "Base": 0, "Weight": 3},
                        ],
                        "PlatformVersion": "1.4.0",
                    },
                }
            }
        ],
        "Hooks": [
            {"BeforeInstall": "CodeDeployHook_storefront-prod-BeforeInstall"},
            {"AfterAllowTestTraffic": "CodeDeployHook_storefront-prod-AfterAllowTestTraffic"},
        ],
    }


def test_appspec_for_ec2_capacity_has_no_platform_version(
    outputs: dict[str, str], release_inputs: Callable[..., str]
) -> None:
    strategy = [{"capacityProvider": "shop-prod-ec2", "base": 0, "weight": 1}]
    outputs["ReleaseInputs"] = release_inputs(capacityProviderStrategy=strategy)
    assert "PlatformVersion" not in json.dumps(appspec(Target.from_outputs(outputs)))


def test_appspec_without_hooks_leaves_the_section_out(target: Target) -> None:
    assert "Hooks" not in appspec(replace(target, hooks={}))


def test_taskdef_holds_the_fields_that_can_be_registered_and_no_other(ecs: Any) -> None:
    answer = described(f"{IMAGE}@sha256:{'ab' * 32}")
    with Stubber(ecs) as stub:
        stub.add_response(
            "describe_task_definition", answer, {"taskDefinition": REVISION, "include": ["TAGS"]}
        )
        rendered = taskdef(ecs, REVISION)
    assert rendered == {
        "family": "shop-prod-storefront",
        "networkMode": "awsvpc",
        "cpu": "256",
        "runtimePlatform": {"cpuArchitecture": "X86_64"},
        "containerDefinitions": answer["taskDefinition"]["containerDefinitions"],
        "tags": [{"key": "owner", "value": "platform"}],
    }


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (f"{IMAGE}@sha256:{'0' * 64}", "The image of storefront has not been built: build it"),
        (f"{IMAGE}:latest", "The image of storefront is named by a tag"),
        (IMAGE, "The image of storefront is named by a tag"),
    ],
)
def test_image_that_was_never_built_or_may_change_is_refused(
    ecs: Any, image: str, why: str
) -> None:
    with Stubber(ecs) as stub:
        stub.add_response("describe_task_definition", described(image))
        with pytest.raises(ImageError, match=why):
            taskdef(ecs, REVISION)
