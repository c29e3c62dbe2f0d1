from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from slipway.release import Target, TargetError, status


@pytest.fixture
def weighted(aws: Any) -> Any:
    """Add a production listener whose rule sends 10 % to green."""
    listener = "arn:listener/production"
    group = {
        "loadBalancerInfo": {
            "targetGroupPairInfoList": [
                {
                    "targetGroups": [{"name": "storefront-blue"}, {"name": "storefront-green"}],
                    "prodTrafficRoute": {"listenerArns": [listener]},
                }
            ]
        }
    }
    forward = [
        {"TargetGroupArn": aws.TARGET_GROUP.format("storefront-blue"), "Weight": 90},
        {"TargetGroupArn": aws.TARGET_GROUP.format("storefront-green"), "Weight": 10},
    ]
    rules = {
        "Rules": [
            {"Actions": [{"Type": "fixed-response"}], "IsDefault": True},
            {"Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": forward}}]},
        ]
    }
    aws.codedeploy.operations["get_deployment_group"] = lambda **_: {"deploymentGroupInfo": group}
    aws.elbv2.operations["describe_rules"] = lambda ListenerArn: (  # noqa: N803
        rules if ListenerArn == listener else {"Rules": []}
    )
    return aws


def test_status_shows_the_primary_task_set_and_not_what_the_stack_wants(
    weighted: Any, target: Target
) -> None:
    weighted.remember(5)
    weighted.remember(7, "InProgress")
    now = status(weighted.clients, target)
    assert now.live is not None
    assert now.live.revision == f"{weighted.FAMILY}:6"
    assert now.wanted == "shop-prod-storefront:7"
    assert (now.live.running, now.live.desired, now.live.since) == (2, 2, weighted.NOON)
    assert now.images == {"storefront": "sha256:" + "ab" * 32}
    assert now.weights == {"storefront-blue": 90.0, "storefront-green": 10.0}
    blue, green = now.target_groups
    assert blue.arn == weighted.TARGET_GROUP.format("storefront-blue")
    assert blue.traffic_percent == 90.0
    assert (blue.is_live, green.is_live) == (True, False)
    # What this stack doesn't say.
    assert (blue.colour, green.colour) == (None, None)
    assert now.running is not None
    assert now.running.id == "d-2"
    assert [deployment.id for deployment in now.last] == ["d-2", "d-1"]


def test_target_groups_are_called_as_the_stack_calls_them_and_as_the_release_does(
    weighted: Any, target: Target
) -> None:
    """Blue of the release is what it replaces: by turns the one target group and the other."""
    weighted.remember(7, "InProgress")
    sides = [
        {"taskSetLabel": "Blue", "targetGroup": {"name": "storefront-blue"}},
        {"taskSetLabel": "Green", "targetGroup": {"name": "storefront-green"}},
    ]
    weighted.codedeploy.operations["batch_get_deployment_targets"] = lambda **_: {
        "deploymentTargets": [{"ecsTarget": {"taskSetsInfo": sides}}]
    }
    other_way = {"blue": "storefront-green", "green": "storefront-blue"}
    now = status(weighted.clients, replace(target, target_groups=other_way))
    assert [
        (each.colour, each.name, each.in_release, each.is_live) for each in now.target_groups
    ] == [
        ("blue", "storefront-green", "green", False),
        ("green", "storefront-blue", "blue", True),
    ]


def test_status_of_a_missing_service_says_what_to_do(aws: Any, target: Target) -> None:
    aws.ecs.operations["describe_services"] = lambda **_: {"services": []}
    with pytest.raises(TargetError, match=r"has no service storefront: .*slipway deploy"):
        status(aws.clients, target)
