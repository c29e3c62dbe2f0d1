"""A service that tasks are run for, and an AWS that answers what a test says."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

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


class Amazon:
    """boto3's own clients: they take a test's answers in its order, and nothing else."""

    def __init__(self) -> None:
        self._stubs: dict[str, Stubber] = {}

    def __getattr__(self, name: str) -> Any:
        """Return a client, as `Aws` has it: ``amazon.ecs``."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self._stub(name).client

    def answers(self, client: str, operation: str, answer: dict[str, Any], **asked: Any) -> None:
        """Answer the next call; where something is named, it must be asked for just that."""
        self._stub(client).add_response(operation, answer, asked or None)

    def refuses(self, client: str, operation: str, code: str, **asked: Any) -> None:
        """Refuse the next call."""
        self._stub(client).add_client_error(operation, code, expected_params=asked or None)

    def assert_all_was_asked(self) -> None:
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()

    def _stub(self, name: str) -> Stubber:
        if name not in self._stubs:
            client = boto3.client(
                name.replace("_", "-"),
                region_name="eu-west-1",
                aws_access_key_id="a",
                aws_secret_access_key="b",
            )
            self._stubs[name] = Stubber(client)
            self._stubs[name].activate()
        return self._stubs[name]


@pytest.fixture
def amazon() -> Iterator[Amazon]:
    found = Amazon()
    yield found
    found.assert_all_was_asked()
