"""The ECS API where MiniStack's own would start containers with Docker, or knows no task sets."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs

from slipway.local_aws.capacity import capacity, placement
from slipway.local_aws.capacity.constraints import ConstraintError, check
from slipway.local_aws.ecs.clusters import require_associated
from slipway.local_aws.ecs.errors import EcsError, Request, Response, answer, answering
from slipway.local_aws.ecs.refusals import refusal_of
from slipway.local_aws.ecs.scheduler import ServiceScheduler
from slipway.local_aws.ecs.task_set import TaskSet
from slipway.local_aws.machine import Machine
from slipway.local_aws.tasks import Launch, runner
from slipway.local_aws.tasks.record import provider_for

_PLACEMENT = ("placementStrategy", "placementConstraints")


class Ecs:
    """Operations on services, task sets and tasks, backed by processes."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._schedulers: dict[str, ServiceScheduler] = {}
        self._create_record = ecs._create_service
        self._update_record = ecs._update_service

    def take_over(self) -> None:
        """Answer these actions instead of MiniStack, which keeps the records."""
        ecs._get_docker = lambda: None
        ecs._reconcile_service_tasks = lambda *_: None
        ecs._ECS_TIMESTAMP_FIELDS.add("stabilityStatusAt")
        for action, operation in {
            "CreateService": self.create_service,
            "UpdateService": self.update_service,
            "DeleteService": self.delete_service,
            "CreateTaskSet": self.create_task_set,
            "UpdateServicePrimaryTaskSet": self.update_service_primary_task_set,
            "DeleteTaskSet": self.delete_task_set,
            "DescribeTaskSets": self.describe_task_sets,
            "RunTask": self.run_task,
            "StopTask": self.stop_task,
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
        definition = _require_task_definition(request.get("taskDefinition", ""))
        _require_containers(definition, request.get("loadBalancers") or [])
        _require_placeable(request, cluster)
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
            _require_task_definition(request["taskDefinition"])
        _require_placeable(request, record["clusterArn"].rpartition("/")[2])
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
        definition = _require_task_definition(request["taskDefinition"])
        _require_containers(definition, request.get("loadBalancers") or [])
        _require_placeable(request, record["clusterArn"].rpartition("/")[2])
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

    def run_task(self, request: Request) -> Response:
        """Start tasks that belong to no service."""
        cluster = ecs._resolve_cluster_name(request.get("cluster", "default"))
        if cluster is None or cluster not in ecs._clusters:
            raise EcsError("ClusterNotFoundException", "Cluster not found.")
        definition = _require_task_definition(request.get("taskDefinition", ""))
        launch_type, strategy, refusal = ecs._launch_choice(request, ecs._clusters[cluster])
        if refusal:
            return refusal  # type: ignore[no-any-return]
        _require_placeable(request, cluster)
        started: dict[str, int] = {}
        records: list[dict[str, Any]] = []
        failures: list[dict[str, str]] = []
        for _ in range(int(request.get("count", 1))):
            provider = provider_for(strategy or [], started)
            if provider:
                started[provider] = started.get(provider, 0) + 1
            launch = Launch(
                account=get_account_id(),
                region=get_region(),
                cluster=cluster,
                task_definition=definition,
                group=request.get("group") or f"family:{definition['family']}",
                started_by=request.get("startedBy", ""),
                launch_type=launch_type,
                capacity_provider=provider,
                platform_version=request.get("platformVersion", ""),
                network_configuration=request.get("networkConfiguration", {}),
                overrides=request.get("overrides", {}),
                enable_execute_command=request.get("enableExecuteCommand", False),
                placement_strategy=request.get("placementStrategy") or [],
                placement_constraints=request.get("placementConstraints") or [],
            )
            if refused := self._refused(launch):
                failures += [{"arn": arn, "reason": reason} for arn, reason in refused.items()]
            else:
                records.append(ecs._sanitize(runner(self._machine).start(launch).record))
        return answer({"tasks": records, "failures": failures})

    def stop_task(self, request: Request) -> Response:
        """Stop a task; the service that it belongs to starts another one."""
        cluster = ecs._resolve_cluster_name(request.get("cluster", "default"))
        record = ecs._resolve_task(request.get("task", ""), cluster)
        task = runner(self._machine).find(record["taskArn"]) if record else None
        if task is None:
            raise EcsError("InvalidParameterException", "The referenced task was not found.")
        task.stop("UserInitiated", request.get("reason") or "Task stopped by user")
        return answer({"task": ecs._sanitize(task.record)})

    def _refused(self, launch: Launch) -> dict[str, str]:
        """Return why no instance takes a task; one with a capacity provider waits instead."""
        if launch.on_fargate or launch.capacity_provider:
            return {}
        cluster = (launch.account, launch.region, launch.cluster)
        instances = capacity(self._machine).instances(cluster)
        if not any(item.takes_tasks for item in instances):
            raise EcsError(
                "InvalidParameterException", "No Container Instances were found in your cluster."
            )
        return capacity(self._machine).obstacles(cluster, launch.requirements)

    def _find(self, request: Request) -> ServiceScheduler:
        cluster = ecs._resolve_cluster_name(request.get("cluster", "default"))
        if cluster is None or cluster not in ecs._clusters:
            raise EcsError("ClusterNotFoundException", "Cluster not found.")
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
        task_definition=_require_task_definition(record["taskDefinition"]),
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


def _require_task_definition(reference: str) -> dict[str, Any]:
    """Find an active task definition by ARN, family and revision, or family alone."""
    definition: dict[str, Any] | None = ecs._task_defs.get(ecs._resolve_td_key(reference))
    if definition is None:
        raise EcsError("ClientException", f"Unable to find task definition: {reference}")
    if definition["status"] != "ACTIVE":
        raise EcsError("ClientException", "TaskDefinition is inactive")
    return definition


def _require_placeable(request: Request, cluster: str) -> None:
    """Make sure that the capacity is there and that the placement can be followed."""
    require_associated(request.get("capacityProviderStrategy"), ecs._clusters.get(cluster) or {})
    try:
        placement.check_strategy(request.get("placementStrategy") or [])
        check(request.get("placementConstraints") or [])
    except ConstraintError as error:
        raise EcsError("InvalidParameterException", str(error)) from error


def _require_containers(definition: dict[str, Any], load_balancers: list[dict[str, Any]]) -> None:
    """Make sure that a load balancer is pointed at a port that a container has."""
    ports = {
        container["name"]: [item["containerPort"] for item in container.get("portMappings", [])]
        for container in definition["containerDefinitions"]
    }
    for item in load_balancers:
        name, port = item.get("containerName"), item.get("containerPort")
        if name not in ports:
            raise EcsError(
                "InvalidParameterException",
                f"The container {name} does not exist in the task definition.",
            )
        if port not in ports[name]:
            raise EcsError(
                "InvalidParameterException",
                f"The container {name} did not have a container port {port} defined.",
            )
