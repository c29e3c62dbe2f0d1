"""A release that queues behind another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from slipway.release import (
    AlreadyLiveError,
    AwsError,
    Deployment,
    ReleaseInProgressError,
    Target,
    start_in_turn,
)


def queue(
    aws: Any, target: Target, happening: Callable[[int], None], **more: Any
) -> tuple[Deployment | None, list[str]]:
    """Queue for a release; `happening` is told each time that somebody sleeps."""
    told: list[str] = []
    slept = 0

    def sleep(_: float) -> None:
        nonlocal slept
        slept += 1
        happening(slept)

    options: dict[str, Any] = {
        "read_target": lambda: target,
        "wait_for": timedelta(hours=1),
        "description": "in turn",
    } | more
    deployment = start_in_turn(aws.clients, tell=told.append, sleep=sleep, **options)
    return deployment, told


def ends(aws: Any, *steps: tuple[int, str]) -> Callable[[int], None]:
    """At each given sleep, finish a deployment."""

    def happening(slept: int) -> None:
        for step, id_ in steps:
            if step == slept:
                aws.deployments[id_]["status"] = "Succeeded"

    return happening


def test_release_starts_when_the_first_one_has_ended(aws: Any, target: Target) -> None:
    aws.remember(6, "InProgress", description="by jo")
    aws.events = {"Install": "InProgress"}
    deployment, told = queue(aws, target, ends(aws, (3, "d-1")))
    assert deployment is not None
    assert deployment.id == "d-new"
    # Told once, not at every look.
    assert told == [
        "Waiting for the release d-1 of shop-prod-storefront:6 (since 13:00 UTC, by jo), which is "
        "at Install"
    ]


def test_termination_wait_counts_as_running_and_is_told(aws: Any, target: Target) -> None:
    wait = {"terminateBlueInstancesOnDeploymentSuccess": {"terminationWaitTimeInMinutes": 15}}
    aws.remember(6, "InProgress", blueGreenDeploymentConfiguration=wait)
    aws.events = {"AfterAllowTraffic": "Succeeded"}
    _, told = queue(aws, target, ends(aws, (1, "d-1")))
    assert told[0].endswith(
        "which has all traffic on green, and keeps blue for its termination wait until 12:15 UTC"
    )


def test_target_is_read_anew_at_the_turn(aws: Any, target: Target) -> None:
    revisions = iter([":7", ":8"])
    aws.remember(6, "InProgress")
    deployment, _ = queue(
        aws,
        target,
        ends(aws, (1, "d-1")),
        read_target=lambda: replace(target, revision=aws.FAMILY + next(revisions)),
    )
    assert deployment is not None
    assert deployment.target.revision.endswith(":8")


def test_who_loses_the_race_queues_again(aws: Any, target: Target) -> None:
    aws.remember(6, "InProgress")

    def happening(slept: int) -> None:
        if slept == 1:
            aws.deployments["d-1"]["status"] = "Succeeded"
        if slept == 2:  # the queue is free, and a third one is faster
            aws.remember(9, "InProgress")
        if slept == 4:
            aws.deployments["d-2"]["status"] = "Succeeded"

    deployment, told = queue(aws, target, happening)
    assert deployment is not None
    assert [line.split()[4] for line in told] == ["d-1", "d-2"]


def test_nothing_is_left_to_do_where_the_release_before_brought_it_live(
    aws: Any, target: Target
) -> None:
    aws.remember(7, "InProgress")

    def happening(_: int) -> None:
        aws.deployments["d-1"]["status"] = "Succeeded"
        aws.live = target.revision

    deployment, told = queue(aws, target, happening)
    assert deployment is None
    assert told[-1].startswith("shop-prod-storefront:7 went live with the release before")
    assert not aws.codedeploy.asked("create_deployment")


def test_without_a_queue_what_is_live_is_refused_as_ever(aws: Any, target: Target) -> None:
    aws.live = target.revision
    with pytest.raises(AlreadyLiveError):
        queue(aws, target, lambda _: None)


def test_queue_has_an_end_and_names_who_was_in_the_way(aws: Any, target: Target) -> None:
    aws.remember(6, "InProgress")
    with pytest.raises(ReleaseInProgressError) as refused:
        queue(aws, target, lambda _: None, wait_for=timedelta())
    assert str(refused.value).startswith("Waited for 0 minutes, nothing was released. CodeDeploy")
    assert "the release d-1 of shop-prod-storefront:6" in str(refused.value)


def test_faults_that_pass_do_not_end_the_queue_and_refusals_do(aws: Any, target: Target) -> None:
    aws.remember(6, "InProgress")
    listing = aws.codedeploy.operations["list_deployments"]
    answers: list[Any] = [None, aws.refusal("ThrottlingException"), None]

    def unreliable(**arguments: Any) -> Any:
        answer = answers.pop(0) if answers else None
        if answer:
            raise answer
        return listing(**arguments)

    aws.codedeploy.operations["list_deployments"] = unreliable
    deployment, told = queue(aws, target, ends(aws, (2, "d-1")))
    assert deployment is not None
    assert any("ThrottlingException" in line for line in told)

    aws.remember(6, "InProgress")
    answers += [None, aws.refusal("ExpiredTokenException", "The token has expired.")]
    with pytest.raises(AwsError, match="Sign in again"):
        queue(aws, target, lambda _: None)
