"""Everything that CodeDeploy answers in this folder is held against botocore's service model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

# https://docs.aws.amazon.com/codedeploy/latest/APIReference/CommonErrors.html
COMMON_ERRORS = {"ValidationError"}

# It keeps what it was called with, and leaves the answer to whoever asks for it.
ASKING_HOOK = """
import boto3

def handler(event, context):
    boto3.client("ssm").put_parameter(
        Name="/hook/" + event["DeploymentId"],
        Value=event["LifecycleEventHookExecutionId"],
        Type="String",
        Overwrite=True,
    )
"""


def misfits(value: Any, shape: Any, path: str) -> Iterator[str]:
    """Name what of a JSON value doesn't fit a shape of the model."""
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            yield f"{path} is no structure: {value!r}"
            return
        for name, inner in value.items():
            if name in shape.members:
                yield from misfits(inner, shape.members[name], f"{path}.{name}")
            else:
                yield f"{path} has no member {name}"
    elif kind == "list":
        for index, inner in enumerate(value):
            yield from misfits(inner, shape.member, f"{path}[{index}]")
    elif kind == "map":
        for name, inner in value.items():
            yield from misfits(inner, shape.value, f"{path}.{name}")
    else:
        yield from _misfits_of_scalar(value, shape, path)


def _misfits_of_scalar(value: Any, shape: Any, path: str) -> Iterator[str]:
    types = {
        "string": str,
        "boolean": bool,
        "integer": int,
        "long": int,
        "double": (int, float),
        "timestamp": (int, float),
    }
    is_number = shape.type_name not in ("string", "boolean")
    if not isinstance(value, types[shape.type_name]) or (is_number and isinstance(value, bool)):
        yield f"{path} is no {shape.type_name}: {value!r}"
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{path} is none of {shape.enum}: {value!r}"


def check(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    """Fail where an answer, or a refusal, is none that the model has for the operation."""
    answer = json.loads(response_dict["body"] or b"{}")
    if response_dict["status_code"] >= 300:
        declared = {shape.name for shape in operation_model.error_shapes} | COMMON_ERRORS
        assert answer["__type"] in declared, (operation_model.name, answer)
        return
    shape = operation_model.output_shape
    wrong = list(misfits(answer, shape, operation_model.name)) if shape else list(answer)
    assert wrong == []


@pytest.fixture(scope="module", autouse=True)
def answers(local_aws: Any) -> Iterator[None]:
    """Check every answer that the tests of a module get."""
    events = local_aws.client("codedeploy").meta.events
    events.register("before-parse.codedeploy", check)
    yield
    events.unregister("before-parse.codedeploy", check)


@pytest.fixture(scope="session")
def asking_hook(local_aws: Any, tools: Any) -> str:
    return str(tools.make_hook(local_aws, "asking-hook", code=ASKING_HOOK))


@pytest.fixture(scope="session")
def succeeding_hook(local_aws: Any, tools: Any) -> str:
    return str(tools.make_hook(local_aws, "hook-that-succeeds", "Succeeded"))


@pytest.fixture(scope="session")
def failing_hook(local_aws: Any, tools: Any) -> str:
    return str(tools.make_hook(local_aws, "hook-that-fails", "Failed"))


@pytest.fixture
def asked(local_aws: Any, tools: Any) -> Callable[[str], str]:
    """Wait until the asking hook was called for a deployment; return the execution's id."""
    ssm = local_aws.client("ssm")

    def wait(deployment_id: str) -> str:
        def found() -> str:
            try:
                answer = ssm.get_parameter(Name=f"/hook/{deployment_id}")
            except ssm.exceptions.ParameterNotFound:
                return ""
            return str(answer["Parameter"]["Value"])

        return str(tools.eventually(found, f"the hook of {deployment_id}"))

    return wait


def waits(*, approval: int = 0, termination: int = 0) -> dict[str, Any]:
    """Return the blue/green settings of a group with these waits, in minutes; 0 for none."""
    ready: dict[str, Any] = {"actionOnTimeout": "CONTINUE_DEPLOYMENT"}
    if approval:
        ready = {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": approval}
    return {
        "terminateBlueInstancesOnDeploymentSuccess": {
            "action": "TERMINATE",
            "terminationWaitTimeInMinutes": termination,
        },
        "deploymentReadyOption": ready,
    }


@pytest.fixture
def set_group() -> Callable[..., None]:
    """Change the group of a world: its waits, and whatever else is named."""

    def change(world: Any, *, approval: int = 0, termination: int = 0, **settings: Any) -> None:
        world.client("codedeploy").update_deployment_group(
            applicationName=world.name,
            currentDeploymentGroupName="web",
            blueGreenDeploymentConfiguration=waits(approval=approval, termination=termination),
            **settings,
        )

    return change
