"""Approve and reject, and what they say where nothing waits."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.release import (
    ApprovalError,
    ReleaseInProgressError,
    Target,
    approve,
    reject,
    start,
)


@pytest.fixture
def waiting(aws: Any) -> Any:
    """A release of revision 8 that waits for approval, and goes on when it gets it."""
    waits = {"deploymentReadyOption": {"waitTimeInMinutes": 240}}
    aws.remember(8, "Ready", blueGreenDeploymentConfiguration=waits)
    aws.events = {"AfterAllowTestTraffic": "Succeeded"}

    def goes_on(deploymentId: str, **_: Any) -> Any:  # noqa: N803
        aws.deployments[deploymentId]["status"] = "InProgress"
        return {}

    aws.codedeploy.operations["continue_deployment"] = goes_on
    return aws


def test_approve_ends_the_wait_and_returns_what_to_follow(waiting: Any, target: Target) -> None:
    deployment = approve(waiting.clients, target)
    assert waiting.codedeploy.asked("continue_deployment") == [
        {"deploymentId": "d-1", "deploymentWaitType": "READY_WAIT"}
    ]
    assert deployment.id == "d-1"
    # What is released, not what the stack wants by now.
    assert deployment.target.revision.endswith(":8")


def test_approve_returns_when_codedeploy_goes_on(waiting: Any, target: Target) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        waiting.deployments["d-1"]["status"] = "InProgress"

    waiting.codedeploy.operations["continue_deployment"] = lambda **_: {}
    approve(waiting.clients, target, sleep=sleep)
    assert len(slept) == 1


def test_reject_stops_and_rolls_back(waiting: Any, target: Target) -> None:
    assert reject(waiting.clients, target).id == "d-1"
    assert waiting.codedeploy.asked("stop_deployment") == [
        {"deploymentId": "d-1", "autoRollbackEnabled": True}
    ]


@pytest.mark.parametrize("verb", [approve, reject])
def test_where_nothing_runs_nothing_waits(aws: Any, target: Target, verb: Any) -> None:
    with pytest.raises(ApprovalError, match="waits for approval: no deployment runs, see slipway"):
        verb(aws.clients, target)


@pytest.mark.parametrize("verb", [approve, reject])
def test_what_runs_instead_is_named_with_its_stage(aws: Any, target: Target, verb: Any) -> None:
    aws.remember(7, "InProgress")
    aws.events = {"AfterAllowTestTraffic": "InProgress"}
    with pytest.raises(ApprovalError) as refused:
        verb(aws.clients, target)
    assert str(refused.value) == (
        "Nothing of storefront waits for approval: the deployment d-1 of shop-prod-storefront:7 is "
        "at AfterAllowTestTraffic, follow it with slipway watch storefront -e prod"
    )
    assert not aws.codedeploy.asked("stop_deployment")


def test_approval_that_comes_too_late_says_what_is_going_on(waiting: Any, target: Target) -> None:
    def too_late(deploymentId: str, **_: Any) -> None:  # noqa: N803
        waiting.deployments[deploymentId]["status"] = "Stopped"
        raise waiting.refusal("DeploymentAlreadyCompletedException")

    waiting.codedeploy.operations["continue_deployment"] = too_late
    with pytest.raises(ApprovalError, match="no deployment runs"):
        approve(waiting.clients, target)


def test_second_release_hears_until_when_the_first_waits(waiting: Any, target: Target) -> None:
    with pytest.raises(ReleaseInProgressError) as refused:
        start(waiting.clients, target, description="me too")
    assert str(refused.value) == (
        "CodeDeploy runs one deployment of storefront at a time, and the release d-1 of "
        "shop-prod-storefront:8 (since 13:00 UTC) waits for approval until 16:00 UTC: wait for its "
        "end (slipway release storefront -e prod --wait queues); "
        "slipway approve storefront -e prod or slipway reject storefront -e prod"
    )
