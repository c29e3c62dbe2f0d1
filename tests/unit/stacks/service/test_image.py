"""The image of a service: without one, there is a template and no deployment."""

import json
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk.assertions import Template

from slipway.settings import Service
from stacks.service.image import container_image

ZERO_DIGEST = "sha256:" + "0" * 64


def test_a_service_without_an_image_can_be_synthesised_but_not_deployed(
    changed_assembly: Any, changed: Any
) -> None:
    (stage,) = [nested.nested_assembly for nested in changed_assembly.nested_assemblies]
    errors = {
        stack.stack_name: [
            message.entry.data for message in stack.messages if message.level.name == "ERROR"
        ]
        for stack in stage.stacks
    }
    assert errors.pop("shop-local-api") == [
        "api has no image yet: build it and put its digest into build/images.json before you deploy"
    ]
    assert not any(errors.values())
    assert ZERO_DIGEST in json.dumps(changed["shop-local-api"].of("AWS::ECS::TaskDefinition"))


def test_a_service_whose_image_comes_later_stops_no_synthesis() -> None:
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="1" * 12, region="eu-west-1"))
    repository = ecr.Repository.from_repository_name(stack, "Repository", "shop/api")
    service = Service.model_construct(name="api", image=None)
    image = container_image(stack, service, repository=repository, digest=None)
    ecs.FargateTaskDefinition(stack, "Task").add_container("api", image=image)
    assert ZERO_DIGEST in json.dumps(Template.from_stack(stack).to_json())
    said = {each.type for each in stack.node.metadata}
    assert "aws:cdk:info" in said
    assert not said & {"aws:cdk:warning", "aws:cdk:error"}
