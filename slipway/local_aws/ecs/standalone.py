"""Tasks that belong to no service: RunTask and StopTask."""

from __future__ import annotations

import json
import re
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs

from slipway.local_aws.capacity import capacity
from slipway.local_aws.ecs.errors import EcsError
from slipway.local_aws.ecs.overrides import overridden
from slipway.local_aws.ecs.requirements import (
    require_cluster,
    require_known_members,
    require_placeable,
    require_task_definition,
)
from slipway.local_aws.json_api import Request, Response, answer, answering
from slipway.local_aws.machine import Machine
from slipway.local_aws.tasks import Launch, runner
from slipway.local_aws.tasks.record import provider_for

_MOST = 10
_STARTED_BY = re.compile(r"[A-Za-z0-9/_-]{0,128}")
_OF_AWS = ("FARGATE", "FARGATE_SPOT")


class StandaloneTasks:
    """Operations on single tasks.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        # What a client asked for with a token, and what it was answered.
        self._answered: dict[tuple[str, ...], tuple[Request, dict[str, Any]]] = {}

    def take_over(self) -> None:
        """Answer these actions instead of MiniStack, which would start containers with Docker."""
        ecs._ACTION_MAP["RunTask"] = answering(self.run_task)
        ecs._ACTION_MAP["StopTask"] = answering(self.stop_task)

    def run_task(self, request: Request) -> Response:
        """Start tasks that belong to no service; a request that is sent again starts none."""
        require_known_members(
            "RunTask", request, not_carried_out=("volumeConfigurations", "referenceId")
        )
        cluster = require_cluster(request)
        token = (get_account_id(), get_region(), cluster, request.get("clientToken", ""))
        if token[-1] and token in self._answered:
            return self._answer_again(token, request)
        launches = self._launches(request, cluster)
        records: list[dict[str, Any]] = []
        failures: list[dict[str, str]] = []
        for launch in launches:
            if refused := self._refused(launch):
                failures += [{"arn": arn, "reason": reason} for arn, reason in refused.items()]
                continue
            record = runner(self._machine).start(launch).record
            if launch.tags:
                ecs._tags[record["taskArn"]] = list(launch.tags)
            records.append(ecs._sanitize(record))
        answered = {"tasks": records, "failures": failures}
        if token[-1]:
            self._answered[token] = (request, answered)
        return answer(answered)

    def stop_task(self, request: Request) -> Response:
        """Stop a task; the service that it belongs to starts another one."""
        require_known_members("StopTask", request)
        record = ecs._resolve_task(request["task"], require_cluster(request))
        task = runner(self._machine).find(record["taskArn"]) if record else None
        if task is None:
            raise EcsError("InvalidParameterException", "The referenced task was not found.")
        task.stop("UserInitiated", request.get("reason") or "Task stopped by user")
        return answer({"task": ecs._sanitize(task.record)})

    def _launches(self, request: Request, cluster: str) -> list[Launch]:
        count, started_by = int(request.get("count", 1)), request.get("startedBy", "")
        if not 1 <= count <= _MOST:
            raise EcsError("InvalidParameterException", f"count must be between 1 and {_MOST}")
        if not _STARTED_BY.fullmatch(started_by):
            raise EcsError("InvalidParameterException", f"Invalid startedBy: {started_by}")
        overrides = request.get("overrides") or {}
        definition = overridden(require_task_definition(request["taskDefinition"]), overrides)
        launch_type, strategy, refusal = ecs._launch_choice(request, ecs._clusters[cluster])
        if refusal:
            words = json.loads(refusal[2])
            raise EcsError(words["__type"], words["message"])
        _require_fit(request, definition, launch_type, strategy or [])
        require_placeable(request, cluster)
        started: dict[str, int] = {}
        launches = []
        for _ in range(count):
            provider = provider_for(strategy or [], started)
            if provider:
                started[provider] = started.get(provider, 0) + 1
            launches.append(
                Launch(
                    account=get_account_id(),
                    region=get_region(),
                    cluster=cluster,
                    task_definition=definition,
                    group=request.get("group") or f"family:{definition['family']}",
                    started_by=started_by,
                    launch_type=launch_type,
                    capacity_provider=provider,
                    platform_version=request.get("platformVersion", ""),
                    network_configuration=request.get("networkConfiguration", {}),
                    overrides=overrides,
                    enable_execute_command=request.get("enableExecuteCommand", False),
                    placement_strategy=request.get("placementStrategy") or [],
                    placement_constraints=request.get("placementConstraints") or [],
                    tags=tuple(_tags(request, definition, cluster)),
                )
            )
        return launches

    def _answer_again(self, token: tuple[str, ...], request: Request) -> Response:
        """Answer a request whose answer got lost: with the tasks that it has started.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
        """
        before, answered = self._answered[token]
        if request == before:
            return answer(answered)
        raise EcsError(
            "ConflictException",
            "The clientToken is in use with a different RunTask request.",
            resourceIds=[record["taskArn"] for record in answered["tasks"]],
        )

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


def _require_fit(
    request: Request,
    definition: dict[str, Any],
    launch_type: str | None,
    strategy: list[dict[str, Any]],
) -> None:
    """Make sure that a task definition and the place where it shall run go together."""
    on_fargate = launch_type == "FARGATE" or any(
        item["capacityProvider"] in _OF_AWS for item in strategy
    )
    wanted = "FARGATE" if on_fargate else "EC2"
    compatibilities = definition.get("requiresCompatibilities") or [wanted]
    if wanted not in compatibilities:
        raise EcsError(
            "InvalidParameterException", f"Task definition does not support launch_type {wanted}."
        )
    if request.get("platformVersion") and not on_fargate:
        raise EcsError(
            "InvalidParameterException",
            "The platform version must be null when specifying an EC2 launch type.",
        )
    has_network = bool(request.get("networkConfiguration"))
    if definition.get("networkMode") == "awsvpc" and not has_network:
        raise EcsError(
            "InvalidParameterException",
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        )
    if definition.get("networkMode") != "awsvpc" and has_network:
        raise EcsError(
            "InvalidParameterException",
            "Network Configuration is not valid for the given networkMode of this task definition.",
        )
    if request.get("enableExecuteCommand") and not definition.get("taskRoleArn"):
        raise EcsError(
            "InvalidParameterException",
            "The task couldn't be run because a valid taskRoleArn is not being used. Specify a "
            "valid task role in your task definition and try again.",
        )


def _tags(request: Request, definition: dict[str, Any], cluster: str) -> list[dict[str, str]]:
    """Put the tags of a task together; its own win over those of its definition.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html
    """
    tags: dict[str, str] = {}
    propagated = request.get("propagateTags")
    if propagated == "SERVICE":
        raise EcsError(
            "InvalidParameterException", "propagateTags SERVICE is not valid for a single task."
        )
    if propagated == "TASK_DEFINITION":
        inherited = ecs._tags.get(definition["taskDefinitionArn"], [])
        # AWS keeps the prefix to itself: what CloudFormation put there stays there.
        tags |= {
            tag["key"]: tag.get("value", "")
            for tag in inherited
            if not tag["key"].startswith("aws:")
        }
    own = {tag["key"]: tag.get("value", "") for tag in request.get("tags") or []}
    for key in own:
        if key.lower().startswith("aws:"):
            raise EcsError(
                "InvalidParameterException",
                f"Invalid tag key {key}: tags that begin with aws: are reserved.",
            )
    tags |= own
    if request.get("enableECSManagedTags"):
        tags["aws:ecs:clusterName"] = cluster
    return [{"key": key, "value": value} for key, value in tags.items()]
