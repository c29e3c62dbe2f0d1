"""A service that tasks are run for, and an AWS that answers what a test says."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.release import CapacityProvider, Network, Scaling, Target

DEFINITION = "arn:aws:ecs:eu-west-1:111111111111:task-definition/shop-prod-storefront:7"


@pytest.fixture
def target() -> Target:
    return Target(
        cluster="shop-prod",
        service="storefront",
        revision=DEFINITION,
        application="shop-prod-storefront",
        deployment_group="storefront",
        address="shop.eu-west-1.elb.amazonaws.com",
        port=443,
        test_port=9000,
        alarms=(),
        container="storefront",
        container_port=8080,
        network=Network(
            subnets=("subnet-a", "subnet-b"),
            security_groups=("sg-tasks",),
            assign_public_ip="DISABLED",
        ),
        capacity_provider_strategy=(
            CapacityProvider(name="FARGATE", base=1, weight=1),
            CapacityProvider(name="FARGATE_SPOT", base=0, weight=3),
        ),
        platform_version="1.4.0",
        hooks={},
        log_group="/shop/prod/storefront",
        scaling=Scaling(maximum=6, headroom_percent=25),
    )


@pytest.fixture
def definition() -> dict[str, Any]:
    """What DescribeTaskDefinition answers."""
    return {
        "taskDefinitionArn": DEFINITION,
        "family": "shop-prod-storefront",
        "containerDefinitions": [
            {
                "name": "storefront",
                "image": "repository/storefront@sha256:" + "ab" * 32,
                "memory": 512,
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": "/shop/prod/storefront",
                        "awslogs-stream-prefix": "storefront",
                    },
                },
            }
        ],
    }


class Client(SimpleNamespace):
    """Operations as functions; errors as boto3's clients have them."""

    exceptions = SimpleNamespace(
        ClientError=ClientError,
        TargetNotConnectedException=type("TargetNotConnectedException", (ClientError,), {}),
    )


@pytest.fixture
def client() -> type[Client]:
    return Client


@pytest.fixture
def amazon(amazon: Any) -> Iterator[Any]:
    """Let AWS be asked for all that a test has an answer for."""
    yield amazon
    amazon.assert_all_was_asked()
