"""What operations of ECS require of a request before they carry it out."""

from __future__ import annotations

from typing import Any

from ministack.services import ecs

from slipway.local_aws.capacity import placement
from slipway.local_aws.capacity.constraints import ConstraintError, check
from slipway.local_aws.ecs.clusters import require_associated
from slipway.local_aws.ecs.errors import EcsError
from slipway.local_aws.json_api import Request
from slipway.local_aws.service_model import wrong_members


def require_known_members(
    operation: str, request: Request, *, not_carried_out: tuple[str, ...] = ()
) -> None:
    """Refuse members that an operation doesn't know, and those that this machine would skip.

    Parameters
    ----------
    not_carried_out
        Members that AWS knows and this machine doesn't act on.
    """
    if wrong := wrong_members("ecs", operation, request):
        raise EcsError("InvalidParameterException", "; ".join(wrong))
    for name in not_carried_out:
        if request.get(name):
            raise EcsError(
                "InvalidParameterException", f"{name} is not carried out on this machine"
            )


def require_cluster(request: Request) -> str:
    """Find the cluster that a request means; return its name."""
    cluster: str | None = ecs._resolve_cluster_name(request.get("cluster", "default"))
    if cluster is None or cluster not in ecs._clusters:
        raise EcsError("ClusterNotFoundException", "Cluster not found.")
    return cluster


def require_task_definition(reference: str) -> dict[str, Any]:
    """Find an active task definition by ARN, family and revision, or family alone."""
    definition: dict[str, Any] | None = ecs._task_defs.get(ecs._resolve_td_key(reference))
    if definition is None:
        raise EcsError("ClientException", f"Unable to find task definition: {reference}")
    if definition["status"] != "ACTIVE":
        raise EcsError("ClientException", "TaskDefinition is inactive")
    return definition


def require_placeable(request: Request, cluster: str) -> None:
    """Make sure that the capacity is there and that the placement can be followed."""
    require_associated(request.get("capacityProviderStrategy"), ecs._clusters.get(cluster) or {})
    try:
        placement.check_strategy(request.get("placementStrategy") or [])
        check(request.get("placementConstraints") or [])
    except ConstraintError as error:
        raise EcsError("InvalidParameterException", str(error)) from error


def require_containers(definition: dict[str, Any], load_balancers: list[dict[str, Any]]) -> None:
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
