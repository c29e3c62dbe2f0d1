"""What a check after a release finds, one thing at a time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from pipeline.releases.files import Rendered
from pipeline.releases.verification import mistakes
from slipway.release import Aws, Target

FAMILY = "arn:aws:ecs:eu-west-1:111111111111:task-definition/shop-prod-storefront"
GOOD, BAD = (f"111111111111.dkr.ecr/shop/storefront@sha256:{each * 64}" for each in "ab")
INPUTS = {
    "container": "storefront",
    "port": 8080,
    "network": {"subnets": ["a"], "securityGroups": ["b"], "assignPublicIp": "DISABLED"},
    "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
    "logGroup": "/shop/prod/storefront",
    "scaling": {"maximum": 6, "headroomPercent": 25},
}
TARGET = Target.from_outputs(
    {
        "Cluster": "shop-prod",
        "Service": "storefront",
        "Revision": f"{FAMILY}:7",
        "Application": "shop-prod-storefront",
        "DeploymentGroup": "storefront",
        "Address": "shop.eu-west-1.elb.amazonaws.com",
        "Port": "443",
        "TestPort": "9000",
        "Alarms": "errors-blue,errors-green",
        "ReleaseInputs": json.dumps(INPUTS),
    }
)
RENDERED = Rendered(
    taskdef={"containerDefinitions": [{"name": "storefront", "image": GOOD}]},
    appspec={"version": 0},
)


class World:
    """AWS after a release that went well, until a test changes something of it."""

    def __init__(self) -> None:
        self.image = GOOD
        self.weights = {"blue": 0, "green": 100}
        self.firing: list[str] = []
        self.suspended = [False]
        self.deployment: dict[str, Any] | None = {
            "deploymentId": "d-1",
            "applicationName": "shop-prod-storefront",
            "status": "Succeeded",
            "createTime": datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
            "creator": "user",
        }
        self.task_sets = [
            {
                "id": "ecs-svc/1",
                "status": "PRIMARY",
                "taskDefinition": f"{FAMILY}:8",
                "loadBalancers": [{"targetGroupArn": "arn:targetgroup/green/1"}],
            }
        ]
        self.slept = 0.0

    @property
    def aws(self) -> Aws:
        # Only the service model is botocore's.
        meta = boto3.client("ecs", region_name="eu-west-1").meta
        pair = {
            "targetGroups": [{"name": "blue"}, {"name": "green"}],
            "prodTrafficRoute": {"listenerArns": ["arn:listener"]},
        }
        group = {"loadBalancerInfo": {"targetGroupPairInfoList": [pair]}}
        groups = [
            {"TargetGroupArn": f"arn:targetgroup/{name}/1", "Weight": weight}
            for name, weight in self.weights.items()
        ]
        rules = [{"Actions": [{"ForwardConfig": {"TargetGroups": groups}}]}]
        clients: Any = {
            "cloudformation": None,
            "logs": None,
            "ecs": SimpleNamespace(
                meta=meta,
                describe_services=lambda **_: {
                    "services": [{"status": "ACTIVE", "taskSets": self.task_sets}]
                },
                describe_task_definition=lambda **_: {
                    "taskDefinition": {
                        "containerDefinitions": [{"name": "storefront", "image": self.image}]
                    }
                },
            ),
            "codedeploy": SimpleNamespace(
                list_deployments=lambda **_: {"deployments": ["d-1"] if self.deployment else []},
                batch_get_deployments=lambda **_: {"deploymentsInfo": [self.deployment]},
                get_deployment_group=lambda **_: {"deploymentGroupInfo": group},
            ),
            "elbv2": SimpleNamespace(describe_rules=lambda **_: {"Rules": rules}),
            "cloudwatch": SimpleNamespace(
                describe_alarms=lambda **_: {
                    "MetricAlarms": [{"AlarmName": name} for name in self.firing]
                }
            ),
            "application_autoscaling": SimpleNamespace(
                describe_scalable_targets=lambda **_: {
                    "ScalableTargets": [
                        {"SuspendedState": {"DynamicScalingInSuspended": self._is_suspended()}}
                    ]
                }
            ),
        }
        return Aws(**clients)

    def _is_suspended(self) -> bool:
        return self.suspended.pop(0) if len(self.suspended) > 1 else self.suspended[0]

    def found(self, within: timedelta = timedelta(minutes=5)) -> list[str]:
        def sleep(seconds: float) -> None:
            self.slept += seconds

        wrong = mistakes(
            self.aws, TARGET, RENDERED, tell=lambda _: None, resumed_within=within, sleep=sleep
        )
        return list(wrong)


@pytest.fixture
def world() -> World:
    return World()


def test_after_a_release_that_went_well_nothing_is_wrong(world: World) -> None:
    assert world.found() == []


def test_another_image_is_told_by_its_digest(world: World) -> None:
    world.image = BAD
    assert world.found() == [
        "storefront of shop-prod-storefront:8, which is live, runs "
        f"sha256:{'b' * 64} and not sha256:{'a' * 64}"
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"status": "Failed", "errorInformation": {"message": "a hook failed."}},
            "the deployment d-1 is Failed: a hook failed",
        ),
        ({"status": "InProgress"}, "the deployment d-1 is InProgress"),
        ({"creator": "codeDeployRollback"}, "CodeDeploy has rolled it back (d-1)"),
    ],
)
def test_a_deployment_that_did_not_succeed_is_told(
    world: World, change: dict[str, Any], told: str
) -> None:
    world.deployment = {**(world.deployment or {}), **change}
    assert world.found() == [told]


def test_a_service_that_was_never_released_is_told(world: World) -> None:
    world.deployment = None
    assert world.found() == ["no deployment of it is known"]


def test_traffic_that_goes_elsewhere_is_told(world: World) -> None:
    world.weights = {"blue": 10, "green": 90}
    assert world.found() == ["90 % of the production traffic goes to what is live, and not all"]


def test_an_alarm_that_fires_is_named(world: World) -> None:
    world.firing = ["errors-green"]
    assert world.found() == ["errors-green fires"]


def test_scaling_has_time_to_be_resumed(world: World) -> None:
    world.suspended = [True, True, False]
    assert world.found() == []
    assert world.slept


def test_scaling_that_stays_suspended_is_told(world: World) -> None:
    world.suspended = [True]
    assert world.found(timedelta(0)) == ["scaling in is still suspended after 0 minutes"]


def test_where_nothing_is_live_nothing_else_is_told(world: World) -> None:
    world.task_sets = []
    assert world.found() == ["nothing is live"]
