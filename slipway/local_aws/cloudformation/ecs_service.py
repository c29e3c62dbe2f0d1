"""AWS::ECS::Service: created when it is steady, frozen when CodeDeploy deploys it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError
from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners, stacks

from slipway.local_aws.cloudformation import cancellation
from slipway.local_aws.ecs.refusals import TASK_DEFINITION_REFUSAL
from slipway.local_aws.machine import Machine

Properties = dict[str, Any]

_TYPE = "AWS::ECS::Service"
# CloudFormation gives up on a service that never becomes steady after three hours.
_PATIENCE = timedelta(hours=3)
_LEAST_PATIENCE_SECONDS = 120.0
_INTERVAL_SECONDS = 0.25

_TAKEN_OVER = (
    "TaskDefinition",
    "DesiredCount",
    "LaunchType",
    "CapacityProviderStrategy",
    "LoadBalancers",
    "NetworkConfiguration",
    "PlatformVersion",
    "DeploymentConfiguration",
    "DeploymentController",
    "HealthCheckGracePeriodSeconds",
    "SchedulingStrategy",
    "EnableExecuteCommand",
    "EnableECSManagedTags",
    "PropagateTags",
    "PlacementConstraints",
    "PlacementStrategies",
    "ServiceRegistries",
)
# What the API calls differently.
_API_NAMES = {"PlacementStrategies": "placementStrategy"}


class _Waiting:
    """The clients and the patience with which a stack waits for a service."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def client(self) -> Any:
        return self._machine.client("ecs", account=get_account_id(), region=get_region())

    def until(
        self, done: Callable[[dict[str, Any]], bool], *, cluster: str, service: str, stack: str
    ) -> None:
        patience = max(self._machine.clock.wall(_PATIENCE), _LEAST_PATIENCE_SECONDS)
        deadline = time.monotonic() + patience
        while True:
            answer = self.client().describe_services(cluster=cluster, services=[service])
            if not answer["services"] or done(answer["services"][0]):
                return
            cancellation.check(stack)
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f'Resource handler returned message: "Exceeded attempts to wait" '
                    f"(RequestToken: {uuid.uuid4()}, HandlerErrorCode: NotStabilized)"
                )
            time.sleep(_INTERVAL_SECONDS)


def install(machine: Machine) -> None:
    """Take over the resource type; its handlers wait, so they run off the event loop."""
    cancellation.install()
    waiting = _Waiting(machine)
    runs_on_worker_thread = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda name: name == _TYPE or runs_on_worker_thread(name)

    def create(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        name = properties.get("ServiceName") or provisioners._physical_name(stack_name, logical_id)
        cluster = _cluster(properties)
        request = _request(properties)
        service = _handled(
            waiting.client().create_service,
            serviceName=name,
            cluster=cluster,
            tags=_tags(properties),
            **request,
        )["service"]
        try:
            waiting.until(_is_steady, cluster=cluster, service=name, stack=stack_name)
        except Exception:
            # The stack knows no physical id yet, so nobody else would remove it.
            waiting.client().delete_service(cluster=cluster, service=name, force=True)
            raise
        return service["serviceArn"], _attributes(service["serviceArn"], name)

    def update(
        physical_id: str, old: Properties, new: Properties, stack_name: str
    ) -> tuple[str, Properties]:
        refuse_frozen_change(old, new)
        cluster, name = _cluster(new), physical_id.rpartition("/")[2]
        fixed = ("deploymentController", "launchType", "schedulingStrategy")
        changed = {
            key: value
            for key, value in _request(new).items()
            if value != _request(old).get(key) and key not in fixed
        }
        if changed:
            _handled(waiting.client().update_service, cluster=cluster, service=name, **changed)
            waiting.until(_is_steady, cluster=cluster, service=name, stack=stack_name)
        return physical_id, _attributes(physical_id, name)

    def delete(physical_id: str, properties: Properties) -> None:
        cluster, name = _cluster(properties), physical_id.rpartition("/")[2]
        try:
            waiting.client().delete_service(cluster=cluster, service=name, force=True)
        except ClientError as error:
            if error.response["Error"]["Code"] not in (
                "ServiceNotFoundException",
                "ServiceNotActiveException",
                "ClusterNotFoundException",
            ):
                raise
            return
        waiting.until(
            lambda service: service["status"] == "INACTIVE", cluster=cluster, service=name, stack=""
        )

    provisioners._RESOURCE_HANDLERS[_TYPE] = {"create": create, "update": update, "delete": delete}


def refuse_frozen_change(old: Properties, new: Properties) -> None:
    """Refuse any change of a service with the CODE_DEPLOY controller.

    CloudFormation sends the whole resource to UpdateService, the task definition included,
    whatever changed (aws-cloudformation/cloudformation-coverage-roadmap#1529).
    """
    if old != new and old.get("DeploymentController", {}).get("Type") == "CODE_DEPLOY":
        raise _handler_error(TASK_DEFINITION_REFUSAL)


def _handler_error(message: str) -> RuntimeError:
    return RuntimeError(
        f'Resource handler returned message: "Invalid request provided: {message} (Service: Ecs, '
        f'Status Code: 400, Request ID: {uuid.uuid4()})" (RequestToken: {uuid.uuid4()}, '
        "HandlerErrorCode: InvalidRequest)"
    )


def _handled(operation: Callable[..., Any], **request: Any) -> Any:
    try:
        return operation(**request)
    except ClientError as error:
        raise _handler_error(error.response["Error"]["Message"]) from error


def _is_steady(service: dict[str, Any]) -> bool:
    if service["runningCount"] != service["desiredCount"]:
        return False
    if service["deploymentController"]["type"] == "CODE_DEPLOY":
        return all(item["stabilityStatus"] == "STEADY_STATE" for item in service["taskSets"])
    deployments = service["deployments"]
    return len(deployments) == 1 and deployments[0]["rolloutState"] == "COMPLETED"


def _cluster(properties: Properties) -> str:
    return str(properties.get("Cluster", "default"))


def _request(properties: Properties) -> dict[str, Any]:
    kept = {key: properties[key] for key in _TAKEN_OVER if properties.get(key) not in (None, "")}
    return {_API_NAMES.get(key, _camel_key(key)): _camel(value) for key, value in kept.items()}


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {_camel_key(key): _camel(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_camel(item) for item in value]
    return _native(value)


def _camel_key(key: str) -> str:
    return key[:1].lower() + key[1:]


def _native(value: Any) -> Any:
    """Undo what a template may do to numbers and booleans: write them as strings."""
    if isinstance(value, str) and (value.isdecimal() or value in ("true", "false")):
        return json.loads(value) if value[0] != "0" or value == "0" else value
    return value


def _tags(properties: Properties) -> list[dict[str, str]]:
    return [{"key": tag["Key"], "value": tag["Value"]} for tag in properties.get("Tags", [])]


def _attributes(arn: str, name: str) -> Properties:
    return {"ServiceArn": arn, "Name": name}
