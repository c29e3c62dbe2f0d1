"""Whose scaling is resumed when nobody watches, and whose is not."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.release import AwsError
from slipway.release.resumption import resume_after, resume_left_behind, suspend_during

KINDS = (
    "DynamicScalingInSuspended",
    "DynamicScalingOutSuspended",
    "ScheduledScalingSuspended",
)
ALL = dict.fromkeys(KINDS, True)


class Scaling:
    """Application Auto Scaling, as far as it is used: what is suspended, and what was resumed."""

    def __init__(self) -> None:
        self.suspended = {"service/shop-prod/storefront": dict(ALL)}
        self.resumed: list[dict[str, Any]] = []

    def get_paginator(self, operation: str) -> Scaling:
        assert operation == "describe_scalable_targets"
        return self

    def paginate(self, **request: str) -> Any:
        assert request == {
            "ServiceNamespace": "ecs",
            "ScalableDimension": "ecs:service:DesiredCount",
        }
        for resource, state in self.suspended.items():
            yield {"ScalableTargets": [{"ResourceId": resource, "SuspendedState": state}]}

    def describe_scalable_targets(self, **request: Any) -> Any:
        return {"ScalableTargets": [{"ResourceId": each} for each in request["ResourceIds"]]}

    def register_scalable_target(self, **request: Any) -> None:
        self.resumed.append(request)


@pytest.fixture
def scaling(aws: Any) -> Scaling:
    stand_in = Scaling()
    object.__setattr__(aws.clients, "application_autoscaling", stand_in)
    return stand_in


@pytest.fixture
def group(aws: Any) -> dict[str, Any]:
    service = {"clusterName": "shop-prod", "serviceName": "storefront"}
    info = {"ecsServices": [service]}
    aws.codedeploy.operations["get_deployment_group"] = lambda **_: {"deploymentGroupInfo": info}
    return service


@pytest.fixture
def stacks(aws: Any, outputs: dict[str, str]) -> None:
    described = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]

    def describe_stacks(StackName: str) -> Any:  # noqa: N803
        is_there = StackName == "shop-prod-storefront"
        return {"Stacks": [{"Outputs": described if is_there else []}]}

    aws.clients.cloudformation.operations["describe_stacks"] = describe_stacks


def after(aws: Any) -> tuple[str, ...]:
    return resume_after(
        aws.clients,
        cluster="shop-prod",
        application="shop-prod-storefront",
        deployment_group="storefront",
    )


def during(aws: Any) -> tuple[str, ...]:
    return suspend_during(
        aws.clients,
        cluster="shop-prod",
        application="shop-prod-storefront",
        deployment_group="storefront",
    )


def left_behind(aws: Any) -> tuple[str, ...]:
    return resume_left_behind(aws.clients, cluster="shop-prod", stack_prefix="shop-prod-")


def test_it_changes_what_is_suspended_and_no_bound(aws: Any, scaling: Scaling, group: Any) -> None:
    assert after(aws) == ("storefront",)
    (request,) = scaling.resumed
    assert request["ResourceId"] == "service/shop-prod/storefront"
    assert not any(request["SuspendedState"].values())
    assert request["SuspendedState"].keys() == set(KINDS)
    assert not {"MinCapacity", "MaxCapacity"} & request.keys()


def test_a_rollback_that_runs_keeps_scaling_suspended(
    aws: Any, scaling: Scaling, group: Any
) -> None:
    aws.remember(7, "Failed")
    aws.remember(6, "InProgress", creator="codeDeployRollback")
    assert after(aws) == ()
    assert not scaling.resumed


def test_a_service_of_another_cluster_is_left_alone(
    aws: Any, scaling: Scaling, group: dict[str, str]
) -> None:
    group["clusterName"] = "shop-prod-eu"
    assert after(aws) == ()


def test_a_deployment_group_that_is_gone_is_no_error(aws: Any, scaling: Scaling) -> None:
    def get_deployment_group(**_: Any) -> Any:
        raise aws.refusal("DeploymentGroupDoesNotExistException")

    aws.codedeploy.operations["get_deployment_group"] = get_deployment_group
    assert after(aws) == ()


def test_what_aws_refuses_is_an_error_so_that_it_is_tried_again(aws: Any, scaling: Scaling) -> None:
    def get_deployment_group(**_: Any) -> Any:
        raise aws.refusal("ThrottlingException")

    aws.codedeploy.operations["get_deployment_group"] = get_deployment_group
    with pytest.raises(AwsError, match="storefront"):
        after(aws)


@pytest.mark.parametrize("kind", KINDS)
def test_what_people_suspended_in_part_stays_until_the_next_release_ends(
    aws: Any, scaling: Scaling, group: Any, stacks: None, kind: str
) -> None:
    scaling.suspended["service/shop-prod/storefront"] = {**ALL, kind: False}
    assert left_behind(aws) == ()
    assert after(aws) == ("storefront",)


def test_what_scales_is_not_touched(aws: Any, scaling: Scaling, group: Any, stacks: None) -> None:
    scaling.suspended["service/shop-prod/storefront"] = dict.fromkeys(KINDS, False)
    assert left_behind(aws) == after(aws) == ()


def test_what_a_release_left_suspended_is_found_without_its_event(
    aws: Any, scaling: Scaling, stacks: None
) -> None:
    assert left_behind(aws) == ("storefront",)


def test_a_release_that_runs_is_not_left_behind(aws: Any, scaling: Scaling, stacks: None) -> None:
    aws.remember(7, "InProgress")
    assert left_behind(aws) == ()


def test_a_service_whose_stack_goes_does_not_keep_the_others_from_scaling(
    aws: Any, scaling: Scaling, stacks: None
) -> None:
    scaling.suspended = {"service/shop-prod/going": dict(ALL), **scaling.suspended}
    scaling.suspended["service/shop-staging/storefront"] = dict(ALL)
    assert left_behind(aws) == ("storefront",)


@pytest.fixture
def scales(scaling: Scaling) -> Scaling:
    """The same with nothing suspended: nobody prepared the deployment."""
    scaling.suspended["service/shop-prod/storefront"] = dict.fromkeys(KINDS, False)
    return scaling


def test_scaling_rests_in_a_deployment_that_nobody_prepared(
    aws: Any, scales: Scaling, group: Any
) -> None:
    aws.remember(7, "InProgress")
    assert during(aws) == ("storefront",)
    (request,) = scales.resumed
    assert request["SuspendedState"] == ALL
    assert not {"MinCapacity", "MaxCapacity"} & request.keys()


def test_an_event_that_comes_after_the_deployment_suspends_nothing(
    aws: Any, scales: Scaling, group: Any
) -> None:
    aws.remember(7, "Succeeded")
    assert during(aws) == ()
    assert not scales.resumed


def test_scheduled_scaling_goes_on_where_a_release_woke_a_service(
    aws: Any, scaling: Scaling, group: Any
) -> None:
    state = {**ALL, "ScheduledScalingSuspended": False}
    scaling.suspended["service/shop-prod/storefront"] = state
    aws.remember(7, "InProgress")
    assert during(aws) == ()
    assert not scaling.resumed


def test_a_service_that_sleeps_can_be_woken_in_a_deployment_that_nobody_prepared(
    aws: Any, scales: Scaling, group: Any
) -> None:
    aws.remember(7, "InProgress")
    aws.desired = aws.running = 0
    assert during(aws) == ("storefront",)
    (request,) = scales.resumed
    assert request["SuspendedState"] == {**ALL, "ScheduledScalingSuspended": False}
