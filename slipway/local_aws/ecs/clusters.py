"""What ECS refuses of clusters and capacity providers: to pull the ground away from tasks."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import autoscaling, ecs

from slipway.local_aws.capacity import Capacity
from slipway.local_aws.ecs.errors import EcsError
from slipway.local_aws.json_api import Request, Response, answering

_OF_AWS = ("FARGATE", "FARGATE_SPOT")
_IN_USE = "The specified capacity provider is in use and cannot be removed."


class Clusters:
    """Operations on clusters and capacity providers, with the refusals of AWS."""

    def __init__(self, capacity: Capacity) -> None:
        self._capacity = capacity
        self._delete_cluster = ecs._delete_cluster
        self._create_provider = ecs._create_capacity_provider
        self._delete_provider = ecs._delete_capacity_provider
        self._associate = ecs._put_cluster_capacity_providers

    def take_over(self) -> None:
        """Answer these actions, and what MiniStack's CloudFormation handlers call by name."""
        for action, name, operation in (
            ("DeleteCluster", "_delete_cluster", self.delete_cluster),
            ("CreateCapacityProvider", "_create_capacity_provider", self.create_provider),
            ("DeleteCapacityProvider", "_delete_capacity_provider", self.delete_provider),
            ("PutClusterCapacityProviders", "_put_cluster_capacity_providers", self.associate),
        ):
            ecs._ACTION_MAP[action] = answering(operation)
            setattr(ecs, name, answering(operation))

    def delete_cluster(self, request: Request) -> Response:
        """Delete a cluster that nothing is left in."""
        cluster = ecs._resolve_cluster_name(request.get("cluster", "default"))
        record = ecs._clusters.get(cluster) or {}
        if self._capacity.instances((get_account_id(), get_region(), cluster)):
            raise EcsError(
                "ClusterContainsContainerInstancesException",
                "The Cluster cannot be deleted while Container Instances are active or draining.",
            )
        if _services(record):
            raise EcsError(
                "ClusterContainsServicesException",
                "The Cluster cannot be deleted while Services are active.",
            )
        if _tasks(record):
            raise EcsError(
                "ClusterContainsTasksException",
                "The Cluster cannot be deleted while Tasks are active.",
            )
        response: Response = self._delete_cluster(request)
        return response

    def create_provider(self, request: Request) -> Response:
        """Create a capacity provider on an Auto Scaling group of its own."""
        settings = request.get("autoScalingGroupProvider") or {}
        reference = settings.get("autoScalingGroupArn", "")
        group = _group(reference) or {}
        arn = group.get("AutoScalingGroupARN", reference)
        for provider in ecs._capacity_providers.values():
            if provider["autoScalingGroupProvider"]["autoScalingGroupArn"] == arn:
                raise EcsError(
                    "ClientException",
                    "The specified Auto Scaling group ARN is already being used by another "
                    "capacity provider. Specify a unique Auto Scaling group ARN and try again.",
                )
        protected = settings.get("managedTerminationProtection") == "ENABLED"
        if group and protected and str(group["NewInstancesProtectedFromScaleIn"]).lower() != "true":
            raise EcsError(
                "ClientException",
                "The managed termination protection setting for the capacity provider is invalid. "
                "To enable managed termination protection for a capacity provider, the Auto "
                "Scaling group must have instance protection from scale in enabled.",
            )
        complete = {"managedDraining": "ENABLED", **settings, "autoScalingGroupArn": arn}
        response: Response = self._create_provider(
            {**request, "autoScalingGroupProvider": complete}
        )
        if response[0] < 400:
            record = ecs._capacity_providers[request["name"]]["autoScalingGroupProvider"]
            record["managedDraining"] = complete["managedDraining"]
        self._capacity.wake()
        return response

    def delete_provider(self, request: Request) -> Response:
        """Delete a capacity provider that no cluster is associated with."""
        name = ecs._resolve_capacity_provider_name(request.get("capacityProvider", ""))
        for cluster in ecs._clusters.values():
            if name in cluster.get("capacityProviders", []):
                raise EcsError(
                    "ResourceInUseException",
                    f"{_IN_USE} {name} is associated with cluster {cluster['clusterName']}.",
                )
        response: Response = self._delete_provider(request)
        return response

    def associate(self, request: Request) -> Response:
        """Set a cluster's capacity providers; one that services or tasks use has to stay."""
        cluster = ecs._clusters.get(ecs._resolve_cluster_name(request.get("cluster", "default")))
        wanted = request.get("capacityProviders") or []
        for name in wanted:
            if name not in _OF_AWS and name not in ecs._capacity_providers:
                raise EcsError(
                    "InvalidParameterException",
                    f"The specified capacity provider '{name}' was not found",
                )
        if cluster is not None:
            removed = set(cluster["capacityProviders"]) - set(wanted)
            if removed & _used(cluster):
                raise EcsError("ResourceInUseException", _IN_USE)
        response: Response = self._associate(request)
        self._capacity.wake()
        return response


def require_associated(strategy: list[dict[str, Any]] | None, cluster: dict[str, Any]) -> None:
    """Refuse a strategy with a provider that its cluster doesn't offer.

    AWS's own providers are let through: every cluster of this machine offers them.
    """
    for item in strategy or []:
        name = item["capacityProvider"]
        if name not in _OF_AWS and name not in cluster.get("capacityProviders", []):
            raise EcsError(
                "InvalidParameterException",
                "The specified capacity provider strategy cannot contain a capacity provider that "
                "is not associated with the cluster. Associate the capacity provider with the "
                "cluster and try again.",
            )


def _group(reference: str) -> dict[str, Any] | None:
    """Find an Auto Scaling group by ARN, or by the name that templates may give instead."""
    for name, record in autoscaling._asgs.items():
        if reference in (name, record["AutoScalingGroupARN"]):
            found: dict[str, Any] = record
            return found
    return None


def _services(cluster: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        service
        for service in ecs._services.values()
        if service["clusterArn"] == cluster.get("clusterArn") and service["status"] != "INACTIVE"
    ]


def _tasks(cluster: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        task
        for task in ecs._tasks.values()
        if task["clusterArn"] == cluster.get("clusterArn") and task["lastStatus"] != "STOPPED"
    ]


def _used(cluster: dict[str, Any]) -> set[str]:
    """Return the providers that services and tasks of a cluster run on."""
    strategies = [
        holder.get("capacityProviderStrategy") or []
        for service in _services(cluster)
        for holder in (service, *service.get("taskSets", []), *service["deployments"])
    ]
    used = {item["capacityProvider"] for strategy in strategies for item in strategy}
    return used | {str(task.get("capacityProviderName")) for task in _tasks(cluster)}
