"""What a deployment does to AWS: ECS task sets, rules of listeners, hooks, alarms."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.core.responses import request_scope
from ministack.services import eventbridge

from slipway.local_aws.codedeploy.appspec import AppSpec
from slipway.local_aws.codedeploy.errors import (
    DeploymentEndedError,
    alarms_unavailable,
    hook_forbidden,
    hook_missing,
    invalid_service,
    not_behind_listener,
    not_rerouted,
    not_updated,
)
from slipway.local_aws.codedeploy.model import Deployment, DeploymentGroup
from slipway.local_aws.codedeploy.platform import PRODUCTION, Sizes, TaskSet
from slipway.local_aws.codedeploy.traffic import Listener, Weights
from slipway.local_aws.machine import Machine

logger = logging.getLogger("slipway.local_aws.codedeploy")


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
        self._require_service()
        blue = self._task_sets("PRIMARY")[0]
        with _refused_by(not_rerouted):
            for listener in self._listeners(PRODUCTION):
                if _group_of(blue) not in listener.weights():
                    raise not_behind_listener(listener.arn)
        return blue

    def install(self, deployment: Deployment) -> TaskSet:
        """Create green's task set; what an earlier deployment left behind goes first."""
        spec, blue = deployment.spec, deployment.blue
        with _refused_by(not_rerouted):
            green_group = next(arn for arn in self._target_groups() if arn != _group_of(blue))
        for leftover in self._task_sets("ACTIVE"):
            self.remove(leftover)
        target = {
            "targetGroupArn": green_group,
            "containerName": spec.container_name,
            "containerPort": spec.container_port,
        }
        with _refused_by(not_updated):
            green: TaskSet = self._client("ecs").create_task_set(
                **self._service,
                externalId=deployment.id,
                taskDefinition=spec.task_definition,
                loadBalancers=[target],
                networkConfiguration=spec.network_configuration or blue["networkConfiguration"],
                scale={"value": 100.0, "unit": "PERCENT"},
                **_capacity(spec, blue),
            )["taskSet"]
        return green

    def sizes(self, *task_sets: TaskSet) -> Sizes:
        """Ask ECS; a task set that is gone is to have no task, and is not steady."""
        known = {item["id"]: item for item in self._task_sets()}
        now = [known.get(item["id"], {}) for item in task_sets]
        return Sizes(
            tuple(item.get("computedDesiredCount", 0) for item in now),
            all(item.get("stabilityStatus") == "STEADY_STATE" for item in now),
        )

    def shift(self, route: str, blue: TaskSet, green: TaskSet, green_percent: int) -> None:
        """Set the weights on every rule of the listener that forwards to the pair."""
        weights = Weights(_group_of(blue), _group_of(green), green_percent)
        with _refused_by(not_rerouted):
            for listener in self._listeners(route):
                if not listener.shift(weights):
                    raise not_rerouted(f"Listener {listener.arn} forwards to neither target group")

    def make_primary(self, task_set: TaskSet) -> None:
        """Ask ECS."""
        with _refused_by(not_updated):
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
            forbidden = error.response["Error"]["Code"] == "AccessDeniedException"
            raise (hook_forbidden if forbidden else hook_missing)(function) from error

        def call() -> None:
            try:
                client.invoke(FunctionName=function, Payload=json.dumps(payload).encode())
            except (ClientError, BotoCoreError) as error:
                logger.warning("hook %s: %s", function, error)

        threading.Thread(target=call, name=f"hook {function}", daemon=True).start()

    def alarm_states(self, names: list[str]) -> dict[str, str]:
        """Ask CloudWatch."""
        if not names:
            return {}
        try:
            described = self._client("cloudwatch").describe_alarms(
                AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
        except (ClientError, BotoCoreError) as error:
            raise alarms_unavailable(str(error)) from error
        return {
            alarm["AlarmName"]: alarm["StateValue"]
            for kind in ("MetricAlarms", "CompositeAlarms")
            for alarm in described.get(kind, [])
        }

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
        prefix = f"arn:aws:codedeploy:{self._scope['region']}:{self._scope['account']}"
        application, group = self._group.application, self._group.name
        entry = {
            "Source": "aws.codedeploy",
            "DetailType": "CodeDeploy Deployment State-change Notification",
            "Detail": json.dumps(detail),
            "Resources": [
                f"{prefix}:application:{application}",
                f"{prefix}:deploymentgroup:{application}/{group}",
            ],
        }
        with request_scope(self._scope["account"], self._scope["region"]):
            # PutEvents itself refuses sources of AWS's own.
            eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)

    def task_sets_info(self, deployment: Deployment) -> list[dict[str, Any]]:
        """Return the ECSTaskSet structures of a deployment's blue and green: those still there."""
        try:
            known = {item["id"]: item for item in self._task_sets()}
            weights = self._production_weights()
        except DeploymentEndedError:
            return []
        return [
            {
                # The API spells it so.
                "identifer": current["id"],
                "taskSetLabel": label,
                "status": current["status"],
                "desiredCount": current["computedDesiredCount"],
                "pendingCount": current["pendingCount"],
                "runningCount": current["runningCount"],
                "trafficWeight": weights.get(_group_of(current), 0.0),
                "targetGroup": {"name": _group_of(current).split("/")[1]},
            }
            for label, task_set in (("Blue", deployment.blue), ("Green", deployment.green))
            if (current := known.get(task_set.get("id", "")))
        ]

    def _production_weights(self) -> dict[str, float]:
        """Return the share of production traffic of each target group that gets some."""
        with _refused_by(not_rerouted):
            return {
                group: share
                for listener in self._listeners(PRODUCTION)
                for group, share in listener.weights().items()
            }

    def _require_service(self) -> None:
        described = self._client("ecs").describe_services(
            cluster=self._service["cluster"], services=[self._service["service"]]
        )["services"]
        if not described or described[0]["status"] != "ACTIVE":
            raise invalid_service(f"there is no active service {self._service['service']}")
        if described[0].get("deploymentController", {}).get("type") != "CODE_DEPLOY":
            raise invalid_service("its deployment controller must be CODE_DEPLOY")

    def _client(self, name: str) -> Any:
        return self._machine.client(name, **self._scope)

    def _task_sets(self, status: str = "") -> list[TaskSet]:
        with _refused_by(invalid_service):
            found = self._client("ecs").describe_task_sets(**self._service)["taskSets"]
        return [item for item in found if not status or item["status"] == status]

    def _target_groups(self) -> list[str]:
        names = [item["name"] for item in self._group.pair["targetGroups"]]
        groups = self._client("elbv2").describe_target_groups(Names=names)["TargetGroups"]
        if len(groups) != len(names):
            raise not_rerouted(f"The target groups {' and '.join(names)} must exist")
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


@contextmanager
def _refused_by(reason: Callable[[str], DeploymentEndedError]) -> Iterator[None]:
    """End the deployment where an API refuses a call of it, in the words of that API."""
    try:
        yield
    except ClientError as error:
        raise reason(error.response["Error"]["Message"]) from error


def _group_of(task_set: TaskSet) -> str:
    return str(task_set["loadBalancers"][0]["targetGroupArn"])
