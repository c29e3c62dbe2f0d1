"""What is set of a service's number of tasks, and what is refused before anything is set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from slipway.operations.scale import ScaleError, look, scale
from slipway.release import Target, TargetError
from slipway.release.errors import ReleaseInProgressError

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SCALABLE = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop-prod/storefront",
    "ScalableDimension": "ecs:service:DesiredCount",
}
OPENING = {
    "ScheduledActionName": "opening",
    "ScheduledActionARN": "arn:opening",
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop-prod/storefront",
    "Schedule": "cron(0 7 ? * MON-FRI *)",
    "Timezone": "Europe/Dublin",
    "CreationTime": NOON,
}


@pytest.fixture
def described(amazon: Any) -> Callable[..., None]:
    """Let AWS describe the service once: 3 of 4 tasks run, and it scales between 2 and 6."""

    def describe(*schedule: dict[str, Any], scales: bool = True, **more: Any) -> None:
        service = {"status": "ACTIVE", "desiredCount": 4, "runningCount": 3, "taskSets": []}
        amazon.answers("ecs", "describe_services", {"services": [service]})
        limits = {"MinCapacity": 2, "MaxCapacity": 6, "RoleARN": "arn:role", "CreationTime": NOON}
        found = [{**SCALABLE, **limits, **more}] if scales else []
        autoscaling = "application_autoscaling"
        amazon.answers(autoscaling, "describe_scalable_targets", {"ScalableTargets": found})
        actions = {"ScheduledActions": list(schedule)}
        amazon.answers(autoscaling, "describe_scheduled_actions", actions, **SCALABLE)
        # Once more, for what is suspended.
        amazon.answers(autoscaling, "describe_scalable_targets", {"ScalableTargets": found})

    return describe


def no_release_runs(amazon: Any) -> None:
    amazon.answers("codedeploy", "list_deployments", {"deployments": []})


def test_what_sets_the_limits_by_the_clock_is_told_with_its_zone(
    amazon: Any, target: Target, described: Callable[..., None]
) -> None:
    described(OPENING, SuspendedState={"ScheduledScalingSuspended": True})
    found = look(amazon, target)
    assert (found.desired, found.running, found.minimum, found.maximum) == (4, 3, 2, 6)
    assert found.schedule == ("opening: cron(0 7 ? * MON-FRI *) Europe/Dublin",)
    assert found.suspended == ("scheduled scaling",)


def test_a_service_that_does_not_scale_has_no_limits(
    amazon: Any, target: Target, described: Callable[..., None]
) -> None:
    described(scales=False)
    found = look(amazon, target)
    assert (found.minimum, found.maximum, found.schedule) == (None, None, ())


def test_there_is_nothing_to_scale_before_the_stack_is_there(amazon: Any, target: Target) -> None:
    amazon.answers("ecs", "describe_services", {"services": []})
    with pytest.raises(TargetError, match="has no service storefront"):
        scale(amazon, target, tasks=3)


def test_a_limit_that_is_not_named_stays(
    amazon: Any, target: Target, described: Callable[..., None]
) -> None:
    described()
    no_release_runs(amazon)
    wanted = {**SCALABLE, "MinCapacity": 3, "MaxCapacity": 6}
    amazon.answers("application_autoscaling", "register_scalable_target", {}, **wanted)
    assert scale(amazon, target, minimum=3)


def test_the_number_of_tasks_is_set_after_limits_that_allow_it(
    amazon: Any, target: Target, described: Callable[..., None]
) -> None:
    described()
    no_release_runs(amazon)
    wanted = {**SCALABLE, "MinCapacity": 2, "MaxCapacity": 9}
    amazon.answers("application_autoscaling", "register_scalable_target", {}, **wanted)
    number = {"cluster": "shop-prod", "service": "storefront", "desiredCount": 9}
    amazon.answers("ecs", "update_service", {}, **number)
    assert scale(amazon, target, tasks=9, maximum=9)


@pytest.mark.parametrize(
    "wanted", [{"tasks": 4}, {"minimum": 2}, {"tasks": 4, "minimum": 2, "maximum": 6}]
)
def test_what_is_so_already_is_left_alone(
    amazon: Any, target: Target, described: Callable[..., None], wanted: dict[str, int]
) -> None:
    described()
    # A call that sets something would be one that nobody has an answer for.
    assert not scale(amazon, target, **wanted)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"tasks": 7}, "7 tasks are outside of 2 to 6.*add --max 7"),
        ({"tasks": 1}, "1 tasks are outside of 2 to 6.*add --min 1"),
        ({"tasks": 7, "maximum": 6}, "add --max 7"),
        ({"minimum": 7}, "at least 7 and at most 6 tasks: name --max too"),
        ({"maximum": 1}, "at least 2 and at most 1 tasks: name --min too"),
        ({"minimum": 5, "maximum": 4}, "--min goes to --max at most"),
    ],
)
def test_what_scaling_would_not_keep_is_refused_with_what_would_do(
    amazon: Any,
    target: Target,
    described: Callable[..., None],
    wanted: dict[str, int],
    told: str,
) -> None:
    described()
    with pytest.raises(ScaleError, match=told):
        scale(amazon, target, **wanted)


def test_limits_are_not_made_up_for_a_service_without(
    amazon: Any, target: Target, described: Callable[..., None]
) -> None:
    described(scales=False)
    with pytest.raises(ScaleError, match="no limits to scale between: deploy its stack again"):
        scale(amazon, target, tasks=3)


def test_nothing_is_set_under_a_release(
    amazon: Any, target: Target, described: Callable[..., None]
) -> None:
    described()
    amazon.answers("codedeploy", "list_deployments", {"deployments": ["d-ONE"]})
    information = {
        "deploymentId": "d-ONE",
        "status": "InProgress",
        "createTime": NOON,
        "creator": "user",
        "description": "by jo [replaces shop-prod-storefront:6]",
    }
    amazon.answers("codedeploy", "batch_get_deployments", {"deploymentsInfo": [information]})
    with pytest.raises(ReleaseInProgressError, match=r"being released \(d-ONE\)"):
        scale(amazon, target, tasks=3)
