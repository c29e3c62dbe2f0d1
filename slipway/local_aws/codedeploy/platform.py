"""What a deployment does to AWS: ECS task sets, rules of listeners, hooks, alarms."""

from __future__ import annotations

import json
import logging
import threading
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from ministack.core.responses import request_scope
from ministack.services import eventbridge

from slipway.local_aws.codedeploy.appspec import AppSpec
from slipway.local_aws.codedeploy.errors import failed, not_behind_listener
from slipway.local_aws.codedeploy.model import Deployment, DeploymentGroup
from slipway.local_aws.codedeploy.traffic import Listener, Weights
from slipway.local_aws.machine import Machine

logger = logging.getLogger("slipway.local_aws.codedeploy")

TaskSet = dict[str, Any]

PRODUCTION, TEST = "prodTrafficRoute", "testTrafficRoute"


class Platform(Protocol):
    """The world as the engine of a deployment needs it."""

    def primary(self) -> TaskSet:
        """Return the service's primary task set; traffic must be on its target group."""

    def install(self, deployment: Deployment) -> TaskSet:
        """Start green beside blue, without traffic."""

    def is_steady(self, task_set: TaskSet) -> bool:
        """Whether every task of a task set runs and is healthy."""

    def shift(self, route: str, blue: TaskSet, green: TaskSet, green_percent: int) -> None:
        """Divide the traffic of a listener between two task sets."""

    def make_primary(self, task_set: TaskSet) -> None:
        """Let a task set be what the service is."""

    def remove(self, task_set: TaskSet) -> None:
        """Drain a task set and stop its tasks."""

    def invoke(self, function: str, payload: dict[str, str]) -> None:
        """Call a hook's function without waiting for its end."""

    def firing_alarms(self, names: list[str]) -> list[str]:
        """Return which of these alarms are in ALARM."""

    def announce(self, deployment: Deployment, state: str) -> None:
        """Tell EventBridge about a change."""


class EcsPlatform:
    """ECS behind an Application Load Balancer, through the APIs that CodeDeploy itself calls."""

    def __init__(
        self, machine: Machine, group: DeploymentGroup, *, account: str, region: str
    ) -> None:
        self._machine = machine
        self._group = group
        self._scope = {"account": account, "region": region}
        self._service = {
            "cluster": group.service["clusterName"],
            "service": group.service["serviceName"],
        }

    def primary(self) -> TaskSet:
        """Find blue, and make sure that production traffic is on it."""
        blue = self._task_sets("PRIMARY")[0]
        for listener in self._listeners(PRODUCTION):
            if _group_of(blue) not in listener.live_groups():
                raise not_behind_listener(listener.arn)
        return blue

    def install(self, deployment: Deployment) -> TaskSet:
        """Create green's task set; what an earlier deployment left behind goes first."""
        spec, blue = deployment.spec, deployment.blue
        green_group = next(arn for arn in self._target_groups() if arn != _group_of(blue))
        for leftover in self._task_sets("ACTIVE"):
            self.remove(leftover)
        target = {
            "targetGroupArn": green_group,
            "containerName": spec.container_name,
            "containerPort": spec.container_port,
        }
        try:
            green: TaskSet = self._client("ecs").create_task_set(
                **self._service,
                externalId=deployment.id,
                taskDefinition=spec.task_definition,
                loadBalancers=[target],
                networkConfiguration=spec.network_configuration or blue["networkConfiguration"],
                scale={"value": 100.0, "unit": "PERCENT"},
                **_capacity(spec, blue),
            )["taskSet"]
        except ClientError as error:
            raise failed(
                "ECS_UPDATE_ERROR",
                f"The ECS service cannot be updated: {error.response['Error']['Message']}",
            ) from error
        return green

    def is_steady(self, task_set: TaskSet) -> bool:
        """Ask ECS."""
        return self.refreshed(task_set).get("stabilityStatus") == "STEADY_STATE"

    def refreshed(self, task_set: TaskSet) -> TaskSet:
        """Return a task set as it is now; empty where it is gone."""
        found = [item for item in self._task_sets() if item["id"] == task_set.get("id")]
        return found[0] if found else {}

    def shift(self, route: str, blue: TaskSet, green: TaskSet, green_percent: int) -> None:
        """Set the weights on every rule of the listener that forwards to the pair."""
        weights = Weights(_group_of(blue), _group_of(green), green_percent)
        for listener in self._listeners(route):
            listener.shift(weights)

    def make_primary(self, task_set: TaskSet) -> None:
        """Ask ECS."""
        self._client("ecs").update_service_primary_task_set(
            **self._service, primaryTaskSet=task_set["id"]
        )

    def remove(self, task_set: TaskSet) -> None:
        """Ask ECS; a task set that is gone is no error."""
        try:
            self._client("ecs").delete_task_set(**self._service, taskSet=task_set["id"], force=True)
        except ClientError as error:
            logger.warning("task set %s stays: %s", task_set["id"], error)

    def invoke(self, function: str, payload: dict[str, str]) -> None:
        """Call the function in a thread: only what it *reports* counts, not how it ends."""
        client = self._client("lambda")
        try:
            client.get_function(FunctionName=function)
        except ClientError as error:
            raise failed(
                "INVALID_LAMBDA_FUNCTION", f"The hook {function} can't be invoked: {error}"
            ) from error

        def call() -> None:
            try:
                client.invoke(FunctionName=function, Payload=json.dumps(payload).encode())
            except (ClientError, BotoCoreError) as error:
                logger.warning("hook %s: %s", function, error)

        threading.Thread(target=call, name=f"hook {function}", daemon=True).start()

    def firing_alarms(self, names: list[str]) -> list[str]:
        """Ask CloudWatch."""
        if not names:
            return []
        alarms = self._client("cloudwatch").describe_alarms(
            AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"], StateValue="ALARM"
        )
        return [
            alarm["AlarmName"]
            for kind in ("MetricAlarms", "CompositeAlarms")
            for alarm in alarms.get(kind, [])
            if alarm["StateValue"] == "ALARM" and alarm["AlarmName"] in names
        ]

    def announce(self, deployment: Deployment, state: str) -> None:
        """Put the event on the default bus.

        https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-cloudwatch-events.html
        """
        detail = {
            "region": self._scope["region"],
            "deploymentId": deployment.id,
            "instanceGroupId": self._group.id,
            "deploymentGroup": self._group.name,
            "state": state,
            "application": self._group.application,
        }
        here = f"arn:aws:codedeploy:{self._scope['region']}:{self._scope['account']}"
        entry = {
            "Source": "aws.codedeploy",
            "DetailType": "CodeDeploy Deployment State-change Notification",
            "Detail": json.dumps(detail),
            "Resources": [
                f"{here}:application:{self._group.application}",
                f"{here}:deploymentgroup:{self._group.application}/{self._group.name}",
            ],
        }
        with request_scope(self._scope["account"], self._scope["region"]):
            # PutEvents itself refuses sources of AWS's own.
            eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)

    def task_sets_info(self, deployment: Deployment) -> list[dict[str, Any]]:
        """Return the ECSTaskSet structures of a deployment's blue and green."""
        described = []
        for label, known in (("Blue", deployment.blue), ("Green", deployment.green)):
            current = self.refreshed(known) if known else {}
            if not current:
                continue
            group = _group_of(current).split("/")[1]
            described.append(
                {
                    # The API spells it so.
                    "identifer": current["id"],
                    "taskSetLabel": label,
                    "status": current["status"],
                    "desiredCount": current["computedDesiredCount"],
                    "pendingCount": current["pendingCount"],
                    "runningCount": current["runningCount"],
                    "trafficWeight": float(deployment.weights.get(current["id"], 0)),
                    "targetGroup": {"name": group},
                }
            )
        return described

    def _client(self, name: str) -> Any:
        return self._machine.client(name, **self._scope)

    def _task_sets(self, status: str = "") -> list[TaskSet]:
        found = self._client("ecs").describe_task_sets(**self._service)["taskSets"]
        return [item for item in found if not status or item["status"] == status]

    def _target_groups(self) -> list[str]:
        names = [item["name"] for item in self._group.pair["targetGroups"]]
        groups = self._client("elbv2").describe_target_groups(Names=names)["TargetGroups"]
        return [group["TargetGroupArn"] for group in groups]

    def _listeners(self, route: str) -> list[Listener]:
        first, second = self._target_groups()
        arns = (self._group.pair.get(route) or {}).get("listenerArns", [])
        return [Listener(self._client("elbv2"), arn, (first, second)) for arn in arns]


def _capacity(spec: AppSpec, blue: TaskSet) -> dict[str, Any]:
    """Say where green runs: CodeDeploy drops a strategy that the AppSpec leaves out."""
    strategy = spec.capacity_provider_strategy
    capacity: dict[str, Any] = (
        {"capacityProviderStrategy": strategy}
        if strategy
        else {"launchType": blue.get("launchType", "FARGATE")}
    )
    if spec.platform_version:
        capacity["platformVersion"] = spec.platform_version
    return capacity


def _group_of(task_set: TaskSet) -> str:
    return str(task_set["loadBalancers"][0]["targetGroupArn"])
