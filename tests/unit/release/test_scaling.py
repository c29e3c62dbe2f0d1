"""Scaling rests while a release runs, and its limits stay."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from slipway.release import AwsError, ReleaseError, Target, rollback, scaling, start

NOTHING = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}
ALL = dict.fromkeys(NOTHING, True)


@pytest.fixture
def scaled(aws: Any) -> Any:
    """A service that scales between 2 and 6 tasks."""
    aws.scalable = {"MinCapacity": 2, "MaxCapacity": 6, "SuspendedState": dict(NOTHING)}
    return aws


def release(aws: Any, target: Target) -> list[str]:
    told: list[str] = []
    start(aws.clients, target, description="v7", tell=told.append, sleep=lambda _: None)
    return told


def changes(aws: Any) -> list[str]:
    """The calls that change something."""
    changing = {"register_scalable_target", "update_service", "create_deployment"}
    clients = (aws.application_autoscaling, aws.ecs, aws.codedeploy)
    return [name for client in clients for name, _ in client.calls if name in changing]


@pytest.mark.parametrize(("desired", "raised"), [(2, 3), (4, 5), (5, 6), (6, 6), (8, 8)])
def test_release_begins_with_headroom_within_the_maximum_and_never_with_less(
    scaled: Any, target: Target, desired: int, raised: int
) -> None:
    scaled.desired = scaled.running = desired
    told = release(scaled, target)
    assert scaled.desired == raised
    assert scaled.suspended() == ALL
    assert bool(told) is (raised != desired)
    assert scaled.codedeploy.asked("create_deployment")


def test_releases_in_a_row_do_not_add_up_until_something_scales(
    scaled: Any, target: Target
) -> None:
    scaled.desired = scaled.running = 4
    for number in range(3):
        release(scaled, target)
        description = scaled.codedeploy.asked("create_deployment")[-1]["description"]
        assert description.startswith("v7 [tasks 4 to 5]")
        scaled.remember(7 + number, description=description)
        # In between CodeDeploy takes one back.
        scaled.remember(7, creator="codeDeployRollback")
        assert scaled.desired == 5

    scaled.desired = scaled.running = 2
    release(scaled, target)
    assert scaled.desired == 3


def test_suspending_and_resuming_never_touch_the_limits(scaled: Any, target: Target) -> None:
    scaling.suspend(scaled.clients, target)
    assert scaled.suspended() == ALL
    scaling.resume(scaled.application_autoscaling, cluster="shop-prod", service="storefront")
    assert scaled.suspended() == NOTHING
    for request in scaled.application_autoscaling.asked("register_scalable_target"):
        assert request["ResourceId"] == "service/shop-prod/storefront"
        assert "MinCapacity" not in request
        assert "MaxCapacity" not in request


def test_service_that_does_not_scale_is_released_as_it_is(aws: Any, target: Target) -> None:
    assert release(aws, target) == []
    scaling.resume(aws.application_autoscaling, cluster="shop-prod", service="storefront")
    assert changes(aws) == ["create_deployment"]


def test_refused_deployment_leaves_scaling_as_it_was(scaled: Any, target: Target) -> None:
    def refused(**_: Any) -> None:
        raise scaled.refusal("InvalidRevisionException")

    before = NOTHING | {"ScheduledScalingSuspended": True}
    scaled.scalable["SuspendedState"] = before
    scaled.codedeploy.operations["create_deployment"] = refused
    with pytest.raises(AwsError, match="InvalidRevisionException"):
        release(scaled, target)
    assert scaled.suspended() == before


def test_lost_answer_leaves_scaling_to_the_end_of_the_deployment_that_began(
    scaled: Any, target: Target
) -> None:
    def lost(**_: Any) -> None:
        scaled.remember(7, "InProgress")
        raise EndpointConnectionError(endpoint_url="https://codedeploy")

    scaled.codedeploy.operations["create_deployment"] = lost
    with pytest.raises(AwsError):
        release(scaled, target)
    assert scaled.suspended() == ALL


def test_second_release_changes_nothing_under_the_first(scaled: Any, target: Target) -> None:
    scaled.remember(6, "InProgress")
    with pytest.raises(ReleaseError, match="one deployment of storefront at a time"):
        release(scaled, target)
    assert changes(scaled) == []


def test_headroom_that_never_runs_is_given_back_and_nothing_released(
    scaled: Any, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_room(desiredCount: int, **_: Any) -> Any:  # noqa: N803
        scaled.desired = desiredCount
        return {}

    moments = iter(range(0, 100_000, 60))
    monkeypatch.setattr("slipway.release.scaling.time.monotonic", lambda: next(moments))
    scaled.ecs.operations["update_service"] = without_room
    with pytest.raises(ReleaseError, match="2 of 3 tasks of storefront run after 10 minutes"):
        release(scaled, target)
    assert scaled.desired == 2
    assert scaled.suspended() == NOTHING
    assert not scaled.codedeploy.asked("create_deployment")


def test_alarm_that_the_headroom_trips_is_waited_out_and_one_that_fired_before_is_not(
    scaled: Any, target: Target
) -> None:
    def slow_start(desiredCount: int, **_: Any) -> Any:  # noqa: N803
        scaled.desired = scaled.running = desiredCount
        scaled.firing.append("unhealthy-hosts")
        return {}

    scaled.firing = ["latency"]
    scaled.ecs.operations["update_service"] = slow_start
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        assert not scaled.codedeploy.asked("create_deployment")
        scaled.firing = ["latency"]

    start(scaled.clients, target, description="v7", sleep=sleep)
    assert len(slept) == 1
    assert scaled.codedeploy.asked("create_deployment")


def test_scaling_that_was_resumed_before_the_deployment_began_rests_again(
    scaled: Any, target: Target
) -> None:
    create = scaled.codedeploy.operations["create_deployment"]

    def after_a_resumption(**arguments: Any) -> Any:
        scaling.resume(scaled.application_autoscaling, cluster="shop-prod", service="storefront")
        return create(**arguments)

    scaled.codedeploy.operations["create_deployment"] = after_a_resumption
    release(scaled, target)
    assert scaled.suspended() == ALL


def test_who_may_not_read_alarms_releases_all_the_same(scaled: Any, target: Target) -> None:
    def forbidden(**_: Any) -> None:
        raise scaled.refusal("AccessDenied")

    scaled.cloudwatch.operations["describe_alarms"] = forbidden
    release(scaled, target)
    assert scaled.codedeploy.asked("create_deployment")


def test_cure_of_a_broken_service_does_not_wait_for_more_tasks(scaled: Any, target: Target) -> None:
    scaled.running = 1
    assert "is not steady as it is" in release(scaled, target)[0]
    assert scaled.desired == 2
    assert scaled.codedeploy.asked("create_deployment")


def test_rollback_rests_scaling_and_waits_for_no_headroom(scaled: Any, target: Target) -> None:
    scaled.remember(5)
    scaled.remember(6)
    rollback(scaled.clients, target)
    assert scaled.suspended() == ALL
    assert scaled.desired == 2


def test_sleeping_service_wakes_for_the_release_and_its_opening_is_not_missed(
    scaled: Any, target: Target
) -> None:
    scaled.scalable |= {"MinCapacity": 0, "MaxCapacity": 0}
    scaled.desired = scaled.running = 0
    told = release(scaled, target)
    assert told == ["storefront sleeps: 1 task wakes for the release"]
    assert scaled.desired == 1
    assert scaled.suspended() == ALL | {"ScheduledScalingSuspended": False}


def test_what_was_suspended_already_is_told(scaled: Any, target: Target) -> None:
    scaled.scalable["SuspendedState"]["DynamicScalingInSuspended"] = True
    assert release(scaled, target)[0] == (
        "The scaling of storefront rests already: the release's end resumes it"
    )


def test_status_names_what_is_suspended(scaled: Any, target: Target) -> None:
    scaled.scalable["SuspendedState"] = ALL
    assert scaling.suspended(scaled.clients, target) == (
        "scaling in",
        "scaling out",
        "scheduled scaling",
    )


def test_scaling_rests_also_when_the_end_of_an_earlier_release_resumed_it_meanwhile(
    scaled: Any, target: Target
) -> None:
    """That is told with a delay, maybe while this one waits for its additional tasks."""
    create = scaled.codedeploy.operations["create_deployment"]

    def create_late(**request: Any) -> Any:
        scaling.resume(scaled.application_autoscaling, cluster="shop-prod", service="storefront")
        return create(**request)

    scaled.codedeploy.operations["create_deployment"] = create_late
    release(scaled, target)
    assert scaled.suspended() == ALL
