"""An AWS of plain Python objects, and the target that every test releases to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from slipway.release import Aws, Commands, Target

FAMILY = "arn:aws:ecs:eu-west-1:111111111111:task-definition/shop-prod-storefront"
TARGET_GROUP = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/{}/0123"
DIGEST = "sha256:" + "ab" * 32
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def refusal(code: str, message: str = "refused", status: int = 400) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status},
        },
        "Operation",
    )


def inputs(**changes: Any) -> str:
    return json.dumps(
        {
            "container": "storefront",
            "port": 8080,
            "network": {
                "subnets": ["subnet-a", "subnet-b"],
                "securityGroups": ["sg-tasks"],
                "assignPublicIp": "DISABLED",
            },
            "capacityProviderStrategy": [
                {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
                {"capacityProvider": "FARGATE_SPOT", "weight": 3},
            ],
            "platformVersion": "1.4.0",
            # Not in the order of the events, to see it mended.
            "hooks": {
                "AfterAllowTestTraffic": "CodeDeployHook_storefront-prod-AfterAllowTestTraffic",
                "BeforeInstall": "CodeDeployHook_storefront-prod-BeforeInstall",
            },
            "logGroup": "/shop/prod/storefront",
            "scaling": {"maximum": 6, "headroomPercent": 25},
        }
        | changes
    )


@pytest.fixture
def release_inputs() -> Callable[..., str]:
    return inputs


@pytest.fixture
def outputs() -> dict[str, str]:
    return {
        "Cluster": "shop-prod",
        "Service": "storefront",
        "Revision": f"{FAMILY}:7",
        "Application": "shop-prod-storefront",
        "DeploymentGroup": "storefront",
        "Address": "shop.eu-west-1.elb.amazonaws.com",
        "Port": "443",
        "TestPort": "9000",
        "Alarms": "errors-blue,errors-green",
        "ReleaseInputs": inputs(),
    }


@pytest.fixture
def target(outputs: dict[str, str]) -> Target:
    return Target.from_outputs(outputs, commands=Commands.in_environment("prod"))


@cache
def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


@dataclass
class Service:
    """A client whose operations are functions; it refuses what AWS's own model refuses."""

    name: str
    operations: dict[str, Callable[..., Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def meta(self) -> Any:
        """As botocore's clients have it: the service model."""
        return SimpleNamespace(service_model=model(self.name))

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            shape = model(self.name).operation_model(operation.title().replace("_", "")).input_shape
            problems = ParamValidator().validate(arguments, shape)
            assert not problems.has_errors(), problems.generate_report()
            self.calls.append((operation, arguments))
            return self.operations[operation](**arguments)

        return call

    def asked(self, operation: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.calls if name == operation]


class FakeAws:
    """One service in one deployment group, with what happened to it."""

    FAMILY = FAMILY
    TARGET_GROUP = TARGET_GROUP
    NOON = NOON
    refusal = staticmethod(refusal)

    def __init__(self) -> None:
        self.live = f"{FAMILY}:6"
        self.desired = self.running = 2
        self.scalable: dict[str, Any] | None = None
        self.events: dict[str, str] = {}
        self.image = f"repository/storefront@{DIGEST}"
        self.task_definition_status = "ACTIVE"
        self.copies: dict[int, int] = {}
        self.tags: dict[int, dict[str, str]] = {}
        self.placement: dict[str, Any] = {
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    "subnets": ["subnet-a", "subnet-b"],
                    "securityGroups": ["sg-tasks"],
                    "assignPublicIp": "DISABLED",
                }
            },
            "capacityProviderStrategy": [
                {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
                {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 3},
            ],
            "platformVersion": "1.4.0",
        }
        self.deployments: dict[str, dict[str, Any]] = {}
        self.application_revisions: dict[str, str] = {}
        self.codedeploy = Service(
            "codedeploy",
            {
                "list_deployments": self._list,
                "batch_get_deployments": lambda deploymentIds: {  # noqa: N803
                    "deploymentsInfo": [self.deployments[id_] for id_ in deploymentIds]
                },
                "get_deployment": lambda deploymentId: {  # noqa: N803
                    "deploymentInfo": self.deployments[deploymentId]
                },
                "create_deployment": self._create,
                "stop_deployment": lambda **_: {"status": "Pending"},
                "get_application_revision": self._application_revision,
                "batch_get_deployment_targets": self._targets,
            },
        )
        self.ecs = Service(
            "ecs",
            {
                "describe_services": lambda **_: {
                    "services": [
                        {
                            "status": "ACTIVE",
                            "desiredCount": self.desired,
                            "runningCount": self.running,
                            "taskSets": self._task_sets(),
                        }
                    ]
                },
                "describe_task_definition": self._task_definition,
                "list_tasks": lambda **_: {"taskArns": []},
                "update_service": self._update_service,
            },
        )
        self.application_autoscaling = Service(
            "application-autoscaling",
            {
                "describe_scalable_targets": lambda **_: {
                    "ScalableTargets": [self.scalable] if self.scalable else []
                },
                "register_scalable_target": self._register,
            },
        )
        self.firing: list[str] = []
        self.cloudwatch = Service(
            "cloudwatch",
            {
                "describe_alarms": lambda **_: {
                    "MetricAlarms": [{"AlarmName": name} for name in self.firing]
                }
            },
        )
        self.elbv2 = Service("elbv2")
        self.logs = Service("logs")
        self.clients = Aws(
            application_autoscaling=self.application_autoscaling,
            cloudformation=Service("cloudformation"),
            cloudwatch=self.cloudwatch,
            codedeploy=self.codedeploy,
            ecs=self.ecs,
            elbv2=self.elbv2,
            logs=self.logs,
        )

    def copy(self, original: int, copy: int, tags: Mapping[str, str] | None = None) -> None:
        """Let a revision say what another one says, with tags of its own."""
        self.copies[copy] = original
        self.tags[copy] = dict(tags or {})

    def _task_definition(self, taskDefinition: str, include: Any = ()) -> Any:  # noqa: N803
        number = int(taskDefinition.rsplit(":", 1)[-1])
        says = self.copies.get(number, number)
        container = {
            "name": "storefront",
            "image": self.image,
            "environment": [{"name": "REVISION", "value": str(says)}],
        }
        tags = self.tags.get(number, {}).items() if include else ()
        return {
            "taskDefinition": {
                "taskDefinitionArn": f"{FAMILY}:{number}",
                "revision": number,
                "status": self.task_definition_status,
                "containerDefinitions": [container],
            },
            "tags": [{"key": key, "value": value} for key, value in tags],
        }

    def remember(self, released: int, status: str = "Succeeded", **more: Any) -> str:
        """Add a deployment; each is an hour younger than the one before."""
        number = len(self.deployments) + 1
        appspec = {"Properties": {"TaskDefinition": f"{FAMILY}:{released}"}}
        self.deployments[f"d-{number}"] = {
            "applicationName": "shop-prod-storefront",
            "deploymentId": f"d-{number}",
            "status": status,
            "createTime": NOON + timedelta(hours=number),
            "creator": "user",
            "revision": {
                "revisionType": "AppSpecContent",
                "appSpecContent": {"content": json.dumps(appspec)},
            },
        } | more
        return f"d-{number}"

    def suspended(self) -> dict[str, bool]:
        """What of the scaling is suspended."""
        assert self.scalable is not None
        return dict(self.scalable["SuspendedState"])

    def _register(self, SuspendedState: dict[str, bool], **_: Any) -> Any:  # noqa: N803
        assert self.scalable is not None
        self.scalable["SuspendedState"] = self.scalable["SuspendedState"] | SuspendedState
        return {}

    def _update_service(self, desiredCount: int, **_: Any) -> Any:  # noqa: N803
        self.desired = self.running = desiredCount
        return {}

    def _targets(self, deploymentId: str, **_: Any) -> Any:  # noqa: N803
        events = [
            {"lifecycleEventName": name, "status": status, "endTime": NOON}
            for name, status in self.events.items()
        ]
        return {"deploymentTargets": [{"ecsTarget": {"lifecycleEvents": events}}]}

    def _task_sets(self) -> list[dict[str, Any]]:
        return [
            {"id": "ecs-svc/2", "status": "ACTIVE", "taskDefinition": f"{FAMILY}:99"},
            {
                "id": "ecs-svc/1",
                "status": "PRIMARY",
                "taskDefinition": self.live,
                "computedDesiredCount": self.desired,
                "runningCount": self.running,
                "pendingCount": 0,
                "stabilityStatus": "STEADY_STATE",
                "createdAt": NOON,
                "loadBalancers": [{"targetGroupArn": TARGET_GROUP.format("storefront-blue")}],
                **self.placement,
            },
        ]

    def _list(self, includeOnlyStatuses: Any = None, **_: Any) -> dict[str, Any]:  # noqa: N803
        return {
            "deployments": [
                id_
                for id_, information in self.deployments.items()
                if not includeOnlyStatuses or information["status"] in includeOnlyStatuses
            ]
        }

    def _create(self, **_: Any) -> dict[str, str]:
        if any(d["status"] == "InProgress" for d in self.deployments.values()):
            raise refusal("DeploymentLimitExceededException")
        return {"deploymentId": "d-new"}

    def _application_revision(self, applicationName: str, revision: Any) -> Any:  # noqa: N803
        content = self.application_revisions[revision["appSpecContent"]["sha256"]]
        return {"revision": {"appSpecContent": {"content": content}}}


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()
