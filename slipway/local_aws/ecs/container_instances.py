"""The ECS API about container instances."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs

from slipway.local_aws.capacity import Capacity
from slipway.local_aws.capacity.constraints import ConstraintError, matches
from slipway.local_aws.capacity.container_instance import ContainerInstance
from slipway.local_aws.ecs.errors import EcsError
from slipway.local_aws.ecs.requirements import require_known_members
from slipway.local_aws.json_api import Request, Response, answer, answering

_FILTERS = ("containerInstance", "family", "serviceName")


class ContainerInstances:
    """Operations on the container instances of a cluster."""

    def __init__(self, capacity: Capacity) -> None:
        self._capacity = capacity

    def take_over(self) -> None:
        """Answer these actions instead of MiniStack, which knows no container instances."""
        for action, operation in {
            "ListContainerInstances": self.list_instances,
            "DescribeContainerInstances": self.describe_instances,
            "UpdateContainerInstancesState": self.update_state,
            "DeregisterContainerInstance": self.deregister,
        }.items():
            ecs._ACTION_MAP[action] = answering(operation)
        self._list_tasks = ecs._ACTION_MAP["ListTasks"]
        ecs._ACTION_MAP["ListTasks"] = answering(self.list_tasks)

    def list_instances(self, request: Request) -> Response:
        """List the instances in a status, or those that an expression means."""
        status, expression = request.get("status"), request.get("filter")
        try:
            found = [
                item.arn
                for item in self._of(request)
                if status in (None, item.status)
                and (not expression or matches(expression, item.attributes))
            ]
        except ConstraintError as error:
            raise EcsError("InvalidParameterException", str(error)) from error
        return answer({"containerInstanceArns": found})

    def describe_instances(self, request: Request) -> Response:
        """Describe instances; those that there aren't are failures."""
        described, failures = self._each(request)
        return answer(
            {"containerInstances": [item.describe() for item in described], "failures": failures}
        )

    def update_state(self, request: Request) -> Response:
        """Drain instances, or take them back into use."""
        status = request.get("status")
        if status not in ("ACTIVE", "DRAINING"):
            raise EcsError(
                "InvalidParameterException", f"Container instance status {status} is not valid."
            )
        changed, failures = self._each(request)
        for item in changed:
            self._capacity.drain(item, active=status == "ACTIVE")
        return answer(
            {"containerInstances": [item.describe() for item in changed], "failures": failures}
        )

    def deregister(self, request: Request) -> Response:
        """Take an instance out of its cluster; with ``force`` even while tasks run on it."""
        reference = request.get("containerInstance", "")
        found, _ = self._each({**request, "containerInstances": [reference]})
        if not found:
            raise EcsError(
                "InvalidParameterException", "The referenced container instance was not found."
            )
        if found[0].tasks and not request.get("force"):
            raise EcsError("InvalidParameterException", "Found running tasks on the instance.")
        last = {**found[0].describe(), "status": "INACTIVE"}
        self._capacity.deregister(found[0])
        return answer({"containerInstance": last})

    def list_tasks(self, request: Request) -> Response:
        """List tasks; MiniStack leaves ``containerInstance`` out of account."""
        require_known_members("ListTasks", request, not_carried_out=("launchType", "daemonName"))
        if request.get("startedBy") and any(request.get(name) for name in _FILTERS):
            raise EcsError(
                "InvalidParameterException", "startedBy must be the only filter that is used."
            )
        response: Response = self._list_tasks(request)
        reference = request.get("containerInstance")
        if not reference or response[0] >= 400:
            return response
        found, _ = self._each({**request, "containerInstances": [reference]})
        there = {task for item in found for task in item.tasks}
        listed = json.loads(response[2])
        return answer({**listed, "taskArns": [arn for arn in listed["taskArns"] if arn in there]})

    def _of(self, request: Request) -> list[ContainerInstance]:
        cluster = ecs._resolve_cluster_name(request.get("cluster", "default"))
        if cluster is None or cluster not in ecs._clusters:
            raise EcsError("ClusterNotFoundException", "Cluster not found.")
        return self._capacity.instances((get_account_id(), get_region(), cluster))

    def _each(self, request: Request) -> tuple[list[ContainerInstance], list[dict[str, Any]]]:
        by_id = {item.container_instance_id: item for item in self._of(request)}
        wanted = {
            reference.rpartition("/")[2]: reference
            for reference in request.get("containerInstances", [])
        }
        failures = [
            {"arn": reference, "reason": "MISSING"}
            for identifier, reference in wanted.items()
            if identifier not in by_id
        ]
        return [by_id[identifier] for identifier in wanted if identifier in by_id], failures
