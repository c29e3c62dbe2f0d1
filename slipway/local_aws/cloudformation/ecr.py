"""Immutable tags with exceptions: ``IMMUTABLE_WITH_EXCLUSION`` of an ``AWS::ECR::Repository``.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
"""

from __future__ import annotations

import fnmatch
from typing import Any

from slipway.local_aws.cloudformation.handlers import Properties
from slipway.local_aws.machine import Machine

_FILTERS = "imageTagMutabilityExclusionFilters"


def install(machine: Machine) -> None:
    """Keep a template's exclusion filters, and have PutImage apply them."""
    from ministack.services import ecr
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS["AWS::ECR::Repository"]
    create, update, put_image = handlers["create"], handlers["update"], ecr._put_image

    def create_repository(logical_id: str, properties: Properties, stack_name: str) -> Any:
        name, attributes = create(logical_id, properties, stack_name)
        _keep_filters(ecr._repositories[name], properties)
        return name, attributes

    def update_repository(physical_id: str, old: Properties, new: Properties, *rest: Any) -> Any:
        name, attributes = update(physical_id, old, new, *rest)
        _keep_filters(ecr._repositories[name], new)
        return name, attributes

    def put_image_unless_immutable(request: dict[str, Any]) -> Any:
        repository = ecr._repositories.get(request.get("repositoryName", ""), {})
        mutability = repository.get("imageTagMutability")
        if mutability != "IMMUTABLE_WITH_EXCLUSION":
            return put_image(request)
        excluded = is_excluded(request.get("imageTag", ""), repository.get(_FILTERS, []))
        # MiniStack knows the two plain settings; one of them is right for this tag.
        repository["imageTagMutability"] = "MUTABLE" if excluded else "IMMUTABLE"
        try:
            return put_image(request)
        finally:
            repository["imageTagMutability"] = mutability

    shape = ecr._repo_shape

    def shape_with_filters(repository: dict[str, Any]) -> dict[str, Any]:
        filters = {_FILTERS: repository[_FILTERS]} if _FILTERS in repository else {}
        return {**shape(repository), **filters}

    ecr._repo_shape = shape_with_filters
    handlers.update(create=create_repository, update=update_repository)
    ecr._put_image = put_image_unless_immutable


def is_excluded(tag: str, filters: list[dict[str, str]]) -> bool:
    """Tell whether a tag may move although the repository's tags are immutable."""
    return any(fnmatch.fnmatchcase(tag, entry["filter"]) for entry in filters)


def _keep_filters(repository: dict[str, Any], properties: Properties) -> None:
    prefix = "ImageTagMutabilityExclusionFilter"
    filters = [
        {"filterType": entry[f"{prefix}Type"], "filter": entry[f"{prefix}Value"]}
        for entry in properties.get(f"{prefix}s") or []
    ]
    if filters:
        repository[_FILTERS] = filters
    else:
        repository.pop(_FILTERS, None)
