from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from slipway.release import AwsError, CapacityProvider, Target, TargetError


@pytest.fixture
def cloudformation() -> Any:
    return boto3.client("cloudformation", region_name="eu-west-1")


def test_target_is_what_the_outputs_of_the_stack_say(
    cloudformation: Any, outputs: dict[str, str]
) -> None:
    stack = {
        "StackName": "shop-prod-storefront",
        "CreationTime": "2026-11-20T12:00:00Z",
        "StackStatus": "UPDATE_COMPLETE",
        "Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in outputs.items()],
    }
    with Stubber(cloudformation) as stub:
        stub.add_response(
            "describe_stacks", {"Stacks": [stack]}, {"StackName": "shop-prod-storefront"}
        )
        target = Target.from_stack(cloudformation, "shop-prod-storefront")

    assert target == Target.from_outputs(outputs)
    assert target.revision.endswith("/shop-prod-storefront:7")
    assert (target.port, target.test_port, target.container_port) == (443, 9000, 8080)
    assert target.alarms == ("errors-blue", "errors-green")
    assert target.network.subnets == ("subnet-a", "subnet-b")
    assert target.capacity_provider_strategy[1] == CapacityProvider(
        name="FARGATE_SPOT", base=0, weight=3
    )


def test_missing_stack_is_told_with_what_to_do(cloudformation: Any) -> None:
    with Stubber(cloudformation) as stub:
        stub.add_client_error(
            "describe_stacks", "ValidationError", "Stack with id shop does not exist"
        )
        with pytest.raises(TargetError) as refused:
            Target.from_stack(cloudformation, "shop")
    assert str(refused.value) == (
        "The stack shop does not exist in eu-west-1: deploy it first: slipway deploy"
    )


def test_refused_call_is_one_line_and_names_the_permission(cloudformation: Any) -> None:
    with Stubber(cloudformation) as stub:
        stub.add_client_error("describe_stacks", "AccessDenied", "Not\nauthorised.")
        with pytest.raises(AwsError) as refused:
            Target.from_stack(cloudformation, "shop")
    assert str(refused.value) == (
        "Cannot read the stack shop: Not authorised. Use a role that may call DescribeStacks."
    )


@pytest.mark.parametrize("missing", ["Revision", "ReleaseInputs", "TestPort"])
def test_missing_output_is_named(outputs: dict[str, str], missing: str) -> None:
    del outputs[missing]
    with pytest.raises(TargetError, match=f"does not say {missing} in its outputs"):
        Target.from_outputs(outputs)


@pytest.mark.parametrize("inputs", ["not JSON", "[]", '"text"'])
def test_unreadable_inputs_are_one_line(outputs: dict[str, str], inputs: str) -> None:
    outputs["ReleaseInputs"] = inputs
    with pytest.raises(TargetError, match=r"cannot be read .*deploy it first") as refused:
        Target.from_outputs(outputs)
    assert "\n" not in str(refused.value)


def test_service_without_alarms_has_none(outputs: dict[str, str]) -> None:
    outputs["Alarms"] = ""
    assert Target.from_outputs(outputs).alarms == ()


def test_another_revision_keeps_account_and_region(target: Target) -> None:
    assert target.with_revision("shop-prod-storefront:6").revision == (
        "arn:aws:ecs:eu-west-1:111111111111:task-definition/shop-prod-storefront:6"
    )
