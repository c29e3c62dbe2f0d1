"""The image of a service: without one, there is a template and no deployment."""

import json
from typing import Any

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
