"""How a secret's new value gets into tasks, whatever else happens to the service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slipway.release import ImageError
from slipway.release.rotation import NewValue, RotationError, renew

ARN = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:shop/prod/storefront/session-AbCdEf"
STACK = "shop-prod-storefront"


@pytest.fixture
def value(aws: Any) -> NewValue:
    """A value that came after the live tasks started."""
    return NewValue(
        name="shop/prod/storefront/session",
        arn=ARN,
        version="6f1c",
        since=aws.NOON + timedelta(minutes=1),
    )


@pytest.fixture
def stack(aws: Any, outputs: dict[str, str]) -> dict[str, Any]:
    """The Service stack, whose live revision uses the secret."""
    described = {
        "StackName": STACK,
        "StackStatus": "UPDATE_COMPLETE",
        "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()],
    }
    aws.clients.cloudformation.operations["describe_stacks"] = lambda **_: {"Stacks": [described]}
    uses(aws, f"{ARN}:key::")
    return described


def uses(aws: Any, *secrets: str) -> None:
    container = {
        "name": "storefront",
        "image": aws.image,
        "secrets": [{"name": "SESSION_KEY", "valueFrom": secret} for secret in secrets],
    }
    aws.ecs.operations["describe_task_definition"] = lambda **_: {
        "taskDefinition": {"status": "ACTIVE", "containerDefinitions": [container]}
    }


def remember_own(aws: Any, status: str, **more: Any) -> str:
    """Add a release that was started for a new value."""
    description = "New secret value: shop/prod/storefront/another, version 9d2e"
    return str(aws.remember(6, status, **{"description": description} | more))


def started(aws: Any) -> list[Any]:
    return list(aws.codedeploy.asked("create_deployment"))


def test_it_releases_the_live_revision_and_not_the_one_that_the_stack_wants(
    aws: Any, stack: Any, value: NewValue
) -> None:
    renewal = renew(aws.clients, STACK, value)
    assert not renewal.done
    (request,) = started(aws)
    assert f"{aws.FAMILY}:6" in request["revision"]["appSpecContent"]["content"]
    assert f"{aws.FAMILY}:7" not in request["revision"]["appSpecContent"]["content"]
    assert value.name in request["description"]
    assert "overrideAlarmConfiguration" not in request


def test_tasks_that_started_later_have_the_value(aws: Any, stack: Any, value: NewValue) -> None:
    earlier = NewValue(**vars(value) | {"since": aws.NOON - timedelta(seconds=2)})
    assert renew(aws.clients, STACK, earlier).done
    assert not started(aws)


def test_tasks_of_the_same_second_may_have_the_old_value(
    aws: Any, stack: Any, value: NewValue
) -> None:
    """The event's time is cut to whole seconds."""
    renew(aws.clients, STACK, NewValue(**vars(value) | {"since": aws.NOON}))
    assert started(aws)


def test_a_secret_of_a_revision_to_come_releases_nothing(
    aws: Any, stack: Any, value: NewValue
) -> None:
    """A stack update made it; the release of that revision brings its value."""
    uses(aws, ARN.replace("session", "another"))
    assert renew(aws.clients, STACK, value).done
    assert not started(aws)


def test_while_another_release_runs_it_waits(aws: Any, stack: Any, value: NewValue) -> None:
    aws.remember(7, "InProgress")
    assert not renew(aws.clients, STACK, value).done


def test_it_starts_one_release_and_waits_for_it(aws: Any, stack: Any, value: NewValue) -> None:
    remember_own(aws, "InProgress")
    assert not renew(aws.clients, STACK, value).done
    assert not started(aws)


def test_its_release_that_succeeded_ends_it(aws: Any, stack: Any, value: NewValue) -> None:
    remember_own(aws, "Succeeded")
    assert renew(aws.clients, STACK, value).done
    assert not started(aws)


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_its_release_that_failed_calls_people_and_is_not_repeated(
    aws: Any, stack: Any, value: NewValue, status: str
) -> None:
    own = remember_own(aws, status, errorInformation={"code": "ALARM_ACTIVE"})
    with pytest.raises(RotationError, match=f"{own} of storefront.*{status}.*ALARM_ACTIVE"):
        renew(aws.clients, STACK, value)
    assert not started(aws)


def test_secrets_that_change_together_share_one_release(
    aws: Any, stack: Any, value: NewValue
) -> None:
    renew(aws.clients, STACK, value)
    (request,) = started(aws)
    remember_own(aws, "InProgress", description=request["description"])
    renew(aws.clients, STACK, NewValue(**vars(value) | {"name": "shop/prod/storefront/another"}))
    assert len(started(aws)) == 1


@pytest.mark.parametrize(
    "earlier",
    [{"description": "Version 7"}, {"createTime": datetime(2026, 11, 19, tzinfo=UTC)}],
    ids=["of-somebody-else", "before-the-value-came"],
)
def test_a_release_that_did_not_bring_the_value_does_not_count(
    aws: Any, stack: Any, value: NewValue, earlier: dict[str, Any]
) -> None:
    remember_own(aws, "Failed", **earlier)
    renew(aws.clients, STACK, value)
    assert started(aws)


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS"])
def test_a_stack_that_comes_or_goes_is_waited_for(
    aws: Any, stack: Any, value: NewValue, status: str
) -> None:
    stack["StackStatus"] = status
    assert not renew(aws.clients, STACK, value).done
    assert not started(aws)


def test_a_service_that_sleeps_is_not_woken(aws: Any, stack: Any, value: NewValue) -> None:
    """Its tasks read the value when they start in the morning."""
    aws.desired = aws.running = 0
    assert renew(aws.clients, STACK, value).done
    assert not started(aws)


def test_a_service_without_tasks_is_waited_for(aws: Any, stack: Any, value: NewValue) -> None:
    aws.ecs.operations["describe_services"] = lambda **_: {
        "services": [{"status": "ACTIVE", "desiredCount": 0}]
    }
    assert not renew(aws.clients, STACK, value).done


def test_a_secret_without_a_stack_is_nobody_s(aws: Any, value: NewValue) -> None:
    def describe_stacks(**_: Any) -> Any:
        raise aws.refusal("ValidationError", f"Stack with id {STACK} does not exist")

    aws.clients.cloudformation.operations["describe_stacks"] = describe_stacks
    assert renew(aws.clients, STACK, value).done


def test_a_stack_whose_creation_failed_holds_no_service(
    aws: Any, stack: Any, value: NewValue
) -> None:
    stack.update(StackStatus="ROLLBACK_COMPLETE", Outputs=[])
    assert renew(aws.clients, STACK, value).done


def test_what_can_t_be_released_calls_people(aws: Any, stack: Any, value: NewValue) -> None:
    aws.image = "repository/storefront:latest"
    uses(aws, f"{ARN}:key::")
    with pytest.raises(ImageError):
        renew(aws.clients, STACK, value)
