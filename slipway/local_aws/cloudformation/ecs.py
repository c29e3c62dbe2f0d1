"""``AWS::ECS``: CapacityProvider, ClusterCapacityProviderAssociations, and a Cluster in use."""

from __future__ import annotations

from typing import Any

from slipway.local_aws.cloudformation.handlers import (
    Created,
    Properties,
    answer_json,
    camel_case,
    changed,
    register,
)
from slipway.local_aws.machine import Machine


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
    _keep_associations()
    _refuse_to_delete_a_cluster_in_use()


def _keep_associations() -> None:
    """Let an update of a cluster leave its capacity providers to their own resource."""
    from ministack.services import ecs
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS["AWS::ECS::Cluster"]
    update = handlers["update"]

    def update_cluster(name: str, old: Properties, new: Properties, *rest: Any) -> Created:
        before = dict(ecs._clusters.get(name) or {})
        physical_id, attributes = update(name, old, new, *rest)
        if physical_id == name and "CapacityProviders" not in new:
            kept = ("capacityProviders", "defaultCapacityProviderStrategy")
            ecs._clusters[name].update({key: before[key] for key in kept})
        return physical_id, attributes

    handlers["update"] = update_cluster


def _refuse_to_delete_a_cluster_in_use() -> None:
    """Let the refusals of DeleteCluster fail the stack; MiniStack doesn't look at its answer."""
    from ministack.services import ecs
    from ministack.services.cloudformation import provisioners

    def delete_cluster(name: str, properties: Properties) -> None:
        if name in ecs._clusters:
            answer_json(ecs._delete_cluster({"cluster": name}))

    provisioners._RESOURCE_HANDLERS["AWS::ECS::Cluster"]["delete"] = delete_cluster


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
    # A template may give the group's name; the provider has found its ARN.
    settings.pop("autoScalingGroupArn")
    provider["autoScalingGroupProvider"].update(settings)
    provider["tags"] = camel_case(properties.get("Tags") or [])
    return name, {"Arn": provider["capacityProviderArn"]}


def _delete_capacity_provider(name: str, properties: Properties) -> None:
    from ministack.services import ecs

    if name in ecs._capacity_providers:
        answer_json(ecs._delete_capacity_provider({"capacityProvider": name}))


def _associate(properties: Properties) -> Created:
    from ministack.services import ecs

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
        answer_json(ecs._put_cluster_capacity_providers({"cluster": cluster}))
