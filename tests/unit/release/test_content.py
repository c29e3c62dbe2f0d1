"""What a release would change, whoever registered the revision that is live."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slipway.release import AlreadyLiveError, Target, start
from slipway.release.content import differences, what_a_release_changes
from slipway.release.live import primary_task_set

CONTAINER = {
    "name": "storefront",
    "image": "repository@sha256:aa",
    "command": ["serve", "--all"],
    "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
}
REVISION = {
    "family": "shop-prod-storefront",
    "cpu": "256",
    "containerDefinitions": [CONTAINER],
    "volumes": [],
    "tags": [{"key": "owner", "value": "web"}],
}


def changed(**container: Any) -> dict[str, Any]:
    return {**REVISION, "containerDefinitions": [{**CONTAINER, **container}]}


@pytest.mark.parametrize(
    ("other", "names"),
    [
        (changed(image="repository@sha256:bb"), ("storefront.image",)),
        (changed(environment=[{"name": "A", "value": "1"}]), ("storefront.environment",)),
        (changed(command=["--all", "serve"]), ("storefront.command",)),
        ({**REVISION, "cpu": "512"}, ("cpu",)),
        (changed(name="sidecar"), ("sidecar", "storefront")),
    ],
)
def test_what_differs_is_named(other: dict[str, Any], names: tuple[str, ...]) -> None:
    assert differences(other, REVISION) == names


@pytest.mark.parametrize(
    "other",
    [
        changed(environment=list(reversed(CONTAINER["environment"]))),
        changed(secrets=[], dependsOn=None),
        {**REVISION, "tags": [{"key": "slipway:replaces", "value": "shop-prod-storefront:6"}]},
        {key: value for key, value in REVISION.items() if key != "volumes"},
    ],
)
def test_order_emptiness_and_tags_are_no_difference(other: dict[str, Any]) -> None:
    assert differences(other, REVISION) == ()


def outstanding(aws: Any, target: Target) -> tuple[str, ...]:
    return what_a_release_changes(aws.clients, target, primary_task_set(aws.clients, target))


def test_a_copy_of_what_the_stack_says_leaves_nothing_to_release(aws: Any, target: Target) -> None:
    aws.live = f"{aws.FAMILY}:9"
    aws.copy(7, 9)
    assert outstanding(aws, target) == ()
    with pytest.raises(AlreadyLiveError, match="shop-prod-storefront:9, which says the same"):
        start(aws.clients, target, description="v7")


def test_another_revision_is_told_by_what_it_says(aws: Any, target: Target) -> None:
    assert outstanding(aws, target) == ("storefront.environment",)


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        (
            "networkConfiguration",
            {"awsvpcConfiguration": {"subnets": ["subnet-a"], "securityGroups": ["sg-tasks"]}},
            "subnets",
        ),
        (
            "networkConfiguration",
            {
                "awsvpcConfiguration": {
                    "subnets": ["subnet-b", "subnet-a"],
                    "securityGroups": ["sg-tasks"],
                    "assignPublicIp": "ENABLED",
                }
            },
            "public addresses",
        ),
        (
            "networkConfiguration",
            {
                "awsvpcConfiguration": {
                    "subnets": ["subnet-b", "subnet-a"],
                    "securityGroups": ["sg-others"],
                }
            },
            "security groups",
        ),
        (
            "capacityProviderStrategy",
            [{"capacityProvider": "FARGATE", "base": 1, "weight": 1}],
            "capacity providers",
        ),
        ("platformVersion", "1.3.0", "platform version"),
    ],
)
def test_a_change_of_where_tasks_run_is_released_though_the_revision_is_live(
    aws: Any, target: Target, key: str, value: Any, name: str
) -> None:
    aws.live = target.revision
    assert outstanding(aws, target) == ()
    aws.placement[key] = value
    assert outstanding(aws, target) == (name,)
    start(aws.clients, target, description="v7")
    [request] = aws.codedeploy.asked("create_deployment")
    appspec = json.loads(request["revision"]["appSpecContent"]["content"])
    assert appspec["Resources"][0]["TargetService"]["Properties"]["TaskDefinition"]


def test_a_service_without_tasks_needs_its_first_ones(aws: Any, target: Target) -> None:
    assert what_a_release_changes(aws.clients, target, None) == ("its first tasks",)
