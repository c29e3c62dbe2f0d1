"""The ECS API where MiniStack's own would start containers with Docker, or knows no task sets."""

from __future__ import annotations

from typing import Any

from ministack.services import ecs

from slipway.local_aws.ecs.errors import EcsError
from slipway.local_aws.ecs.refusals import refusal_of
from slipway.local_aws.ecs.requirements import (
    require_cluster,
    require_containers,
    require_placeable,
    require_task_definition,
)
from slipway.local_aws.ecs.scheduler import ServiceScheduler
from slipway.local_aws.ecs.task_set import TaskSet
from slipway.local_aws.json_api import Request, Response, answer, answering
from slipway.local_aws.machine import Machine

_PLACEMENT = ("placementStrategy", "placementConstraints")


class Ecs:
    """Operations on services and task sets, backed by processes."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._schedulers: dict[str, ServiceScheduler] = {}
        self._create_record = ecs._create_service
        self._update_record = ecs._update_service

    def take_over(self) -> None:
        """Answer these actions instead of MiniStack, which keeps the records."""
        ecs._get_docker = lambda: None
        ecs._reconcile_service_tasks = lambda *_: None
        ecs._ECS_TIMESTAMP_FIELDS.update(("stabilityStatusAt", "lastStartedAt"))
        for action, operation in {
            "CreateService": self.create_service,
            "UpdateService": self.update_service,
            "DeleteService": self.delete_service,
            "CreateTaskSet": self.create_task_set,
            "UpdateServicePrimaryTaskSet": self.update_service_primary_task_set,
            "DeleteTaskSet": self.delete_task_set,
            "DescribeTaskSets": self.describe_task_sets,
        }.items():
            ecs._ACTION_MAP[action] = answering(operation)
        # MiniStack's own CloudFormation handlers call these by name.
        ecs._create_service = answering(self.create_service)
        ecs._update_service = answering(self.update_service)
        ecs._delete_service = answering(self.delete_service)

    def create_service(self, request: Request) -> Response:
        """Create a service and begin to start its tasks."""
        cluster = ecs._resolve_cluster_name(request.get("cluster", "default"))
        existing = ecs._services.get(f"{cluster}/{request.get('serviceName')}")
        if existing and existing["status"] == "DRAINING":
            raise EcsError(
                "InvalidParameterException", "Unable to Start a service that is still Draining."
            )
        definition = require_task_definition(request.get("taskDefinition", ""))
        require_containers(definition, request.get("loadBalancers") or [])
        require_placeable(request, cluster)
        response: Response = self._create_record(request)
        if response[0] >= 400:
            return response
        record = ecs._services[f"{cluster}/{request['serviceName']}"]
        record.update({name: request.get(name) or [] for name in _PLACEMENT})
        scheduler = ServiceScheduler(self._machine, record)
        self._schedulers[record["serviceArn"]] = scheduler
        scheduler.start(_task_set_of(record))
        return answer({"service": ecs._sanitize(record)})

    def update_service(self, request: Request) -> Response:
        """Change what UpdateService may change; a new revision rolls out."""
        scheduler = self._find(request)
        record = scheduler.record
        if scheduler.by_code_deploy and (words := refusal_of(request)):
            raise EcsError("InvalidParameterException", words)
        if request.get("taskDefinition"):
            require_task_definition(request["taskDefinition"])
        require_placeable(request, record["clusterArn"].rpartition("/")[2])
        before = record["taskDefinition"]
        response: Response = self._update_record(request)
        if response[0] >= 400:
            return response
        record.update({name: request[name] for name in _PLACEMENT if request.get(name) is not None})
        if not scheduler.by_code_deploy and (
            record["taskDefinition"] != before or request.get("forceNewDeployment")
        ):
            scheduler.replace(_task_set_of(record))
        elif request.get("desiredCount") is not None:
            scheduler.set_desired_count(int(request["desiredCount"]))
        scheduler.reflect()
        return answer({"service": ecs._sanitize(record)})

    def delete_service(self, request: Request) -> Response:
        """Drain a service; DescribeServices shows it DRAINING, and INACTIVE in the end."""
        scheduler = self._find(request)
        if scheduler.record["desiredCount"] > 0 and not request.get("force"):
            raise EcsError(
                "InvalidParameterException",
                "The service cannot be stopped while it is scaled above 0.",
            )
        scheduler.delete()
        return answer({"service": ecs._sanitize(scheduler.record)})

    def create_task_set(self, request: Request) -> Response:
        """Start a further task set of a service: what CodeDeploy does to install green."""
        scheduler = self._find(request)
        record = scheduler.record
        definition = require_task_definition(request["taskDefinition"])
        require_containers(definition, request.get("loadBalancers") or [])
        require_placeable(request, record["clusterArn"].rpartition("/")[2])
        percent = float(request.get("scale", {}).get("value", 100.0))
        task_set = TaskSet(
            task_definition=definition,
            computed_desired_count=round(record["desiredCount"] * percent / 100),
            load_balancers=request.get("loadBalancers", []),
            network_configuration=request.get("networkConfiguration", {}),
            launch_type=request.get("launchType"),
            capacity_provider_strategy=request.get("capacityProviderStrategy", []),
            platform_version=request.get("platformVersion", ""),
            external_id=request.get("externalId"),
            started_by=request.get("startedBy", "CODE_DEPLOY"),
            scale_percent=percent,
        )
        scheduler.add(task_set)
        return answer({"taskSet": ecs._sanitize(task_set.describe(record))})

    def update_service_primary_task_set(self, request: Request) -> Response:
        """Make a task set the service's primary one."""
        scheduler = self._find(request)
        task_set = _find_task_set(scheduler, request["primaryTaskSet"])
        scheduler.make_primary(task_set)
        return answer({"taskSet": ecs._sanitize(task_set.describe(scheduler.record))})

    def delete_task_set(self, request: Request) -> Response:
        """Drain a task set that isn't the primary one."""
        scheduler = self._find(request)
        task_set = _find_task_set(scheduler, request["taskSet"])
        if task_set.status == "PRIMARY":
            raise EcsError("InvalidParameterException", "The primary task set cannot be deleted.")
        scheduler.remove(task_set)
        return answer({"taskSet": ecs._sanitize(task_set.describe(scheduler.record))})

    def describe_task_sets(self, request: Request) -> Response:
        """Describe the task sets of a service, or those that are named."""
        scheduler = self._find(request)
        wanted = [item.rpartition("task-set/")[2] for item in request.get("taskSets", [])]
        found = [
            ecs._sanitize(item.describe(scheduler.record))
            for item in scheduler.task_sets
            if not wanted or any(name.endswith(item.id) for name in wanted)
        ]
        return answer({"taskSets": found, "failures": []})

    def _find(self, request: Request) -> ServiceScheduler:
        cluster = require_cluster(request)
        name, in_cluster = ecs._resolve_service_ref(request.get("service", "")) or (None, None)
        record = ecs._services.get(f"{cluster}/{name}")
        scheduler = self._schedulers.get(record["serviceArn"]) if record else None
        if scheduler is None or in_cluster not in (None, cluster):
            raise EcsError("ServiceNotFoundException", "Service not found.")
        if record["status"] != "ACTIVE":
            raise EcsError("ServiceNotActiveException", "Service was not ACTIVE.")
        return scheduler


def _task_set_of(record: dict[str, Any]) -> TaskSet:
    """Make the task set that a service's record describes."""
    return TaskSet(
        task_definition=require_task_definition(record["taskDefinition"]),
        computed_desired_count=int(record["desiredCount"]),
        load_balancers=record["loadBalancers"],
        network_configuration=record["networkConfiguration"],
        launch_type=record["launchType"],
        capacity_provider_strategy=record["capacityProviderStrategy"] or [],
        platform_version=record["platformVersion"],
    )


def _find_task_set(scheduler: ServiceScheduler, reference: str) -> TaskSet:
    for item in scheduler.task_sets:
        if reference.endswith(item.id):
            return item
    raise EcsError("TaskSetNotFoundException", "The specified task set was not found.")
