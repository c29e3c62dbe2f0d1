"""The exceptions to immutable tags, which an ``AWS::ECR::Repository`` lists.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
"""

from __future__ import annotations

from typing import Any

from slipway.local_aws.cloudformation.handlers import Properties
from slipway.local_aws.ecr_registry import FILTERS
from slipway.local_aws.machine import Machine


def install(machine: Machine) -> None:
    """Keep a template's exclusion filters, which count whenever an image gets a tag."""
    from ministack.services import ecr
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS["AWS::ECR::Repository"]
    create, update = handlers["create"], handlers["update"]

    def create_repository(logical_id: str, properties: Properties, stack_name: str) -> Any:
        name, attributes = create(logical_id, properties, stack_name)
        _keep_filters(ecr._repositories[name], properties)
        return name, attributes

    def update_repository(physical_id: str, old: Properties, new: Properties, *rest: Any) -> Any:
        name, attributes = update(physical_id, old, new, *rest)
        _keep_filters(ecr._repositories[name], new)
        return name, attributes

    shape = ecr._repo_shape

    def shape_with_filters(repository: dict[str, Any]) -> dict[str, Any]:
        filters = {FILTERS: repository[FILTERS]} if FILTERS in repository else {}
        return {**shape(repository), **filters}

    ecr._repo_shape = shape_with_filters
    handlers.update(create=create_repository, update=update_repository)


def _keep_filters(repository: dict[str, Any], properties: Properties) -> None:
    prefix = "ImageTagMutabilityExclusionFilter"
    filters = [
        {"filterType": entry[f"{prefix}Type"], "filter": entry[f"{prefix}Value"]}
        for entry in properties.get(f"{prefix}s") or []
    ]
    if filters:
        repository[FILTERS] = filters
    else:
        repository.pop(FILTERS, None)
