"""``AWS::ECS``: CapacityProvider and ClusterCapacityProviderAssociations."""

from __future__ import annotations

from slipway.local_aws.cloudformation.handlers import (
    Created,
    Properties,
    answer_json,
    camel_case,
    changed,
    register,
)
from slipway.local_aws.machine import Machine

_OF_AWS = ("FARGATE", "FARGATE_SPOT")


def install(machine: Machine) -> None:
    """Register the types."""
    register(
        "AWS::ECS::CapacityProvider",
        create=_create_capacity_provider,
        update=_update_capacity_provider,
        delete=_delete_capacity_provider,
        tagged=True,
    )
    register(
        "AWS::ECS::ClusterCapacityProviderAssociations",
        create=lambda logical_id, properties, stack_name: _associate(properties),
        update=_update_associations,
        delete=_delete_associations,
    )


def _create_capacity_provider(logical_id: str, properties: Properties, stack_name: str) -> Created:
    from ministack.services import ecs

    name = properties.get("Name") or f"{stack_name}-{logical_id}"
    answer_json(
        ecs._create_capacity_provider(
            {
                "name": name,
                "autoScalingGroupProvider": camel_case(properties["AutoScalingGroupProvider"]),
                "tags": camel_case(properties.get("Tags") or []),
            }
        )
    )
    return _apply_settings(name, properties)


def _update_capacity_provider(
    name: str, old: Properties, new: Properties, stack_name: str
) -> Created:
    old_group, new_group = (
        properties["AutoScalingGroupProvider"]["AutoScalingGroupArn"] for properties in (old, new)
    )
    if changed(old, new, "Name"):
        return _create_capacity_provider(new.get("Name") or name, new, stack_name)
    if old_group != new_group:
        raise ValueError(
            f"capacity provider {name} can't move to another Auto Scaling group: "
            "give the new one another name"
        )
    return _apply_settings(name, new)


def _apply_settings(name: str, properties: Properties) -> Created:
    """Store every setting of the template: MiniStack keeps but three on creation."""
    from ministack.services import ecs

    provider = ecs._capacity_providers[name]
    settings = camel_case(properties["AutoScalingGroupProvider"])
    provider["autoScalingGroupProvider"].update(settings)
    provider["tags"] = camel_case(properties.get("Tags") or [])
    return name, {"Arn": provider["capacityProviderArn"]}


def _delete_capacity_provider(name: str, properties: Properties) -> None:
    from ministack.services import ecs

    for cluster in ecs._clusters.values():
        if name in cluster.get("capacityProviders", []):
            raise ValueError(
                f"The specified capacity provider is in use and cannot be removed: {name} "
                f"is associated with cluster {cluster['clusterName']}"
            )
    ecs._capacity_providers.pop(name, None)


def _associate(properties: Properties) -> Created:
    from ministack.services import ecs

    for name in properties.get("CapacityProviders") or []:
        if name not in _OF_AWS and name not in ecs._capacity_providers:
            raise ValueError(f"The specified capacity provider '{name}' was not found")
    answer_json(
        ecs._put_cluster_capacity_providers(
            {
                "cluster": properties["Cluster"],
                "capacityProviders": properties.get("CapacityProviders") or [],
                "defaultCapacityProviderStrategy": camel_case(
                    properties.get("DefaultCapacityProviderStrategy") or []
                ),
            }
        )
    )
    return str(properties["Cluster"]), {}


def _update_associations(
    cluster: str, old: Properties, new: Properties, stack_name: str
) -> Created:
    return _associate(new)


def _delete_associations(cluster: str, properties: Properties) -> None:
    from ministack.services import ecs

    if ecs._resolve_cluster_name(cluster) in ecs._clusters:
        ecs._put_cluster_capacity_providers({"cluster": cluster})
