"""What a request to Amazon ECR names, or how it is refused where that isn't there."""

from __future__ import annotations

from typing import Any

from ministack.services import ecr

from slipway.local_aws.json_api import ApiError, Request


def repository_of(request: Request) -> str:
    """Return the name of a request's repository.

    Raises
    ------
    ApiError
        There is none of this name.
    """
    name: str = request.get("repositoryName", "")
    if name not in ecr._repositories:
        raise ApiError(
            "RepositoryNotFoundException", f"The repository with name '{name}' does not exist"
        )
    return name


def image_of(request: Request) -> dict[str, Any]:
    """Return MiniStack's record of a request's image.

    Raises
    ------
    ApiError
        Its repository has no such image, or isn't there itself.
    """
    name, image_id = repository_of(request), request.get("imageId") or {}
    image: dict[str, Any] | None = ecr._find_image(name, image_id)
    if image is None:
        raise ApiError("ImageNotFoundException", f"The image {image_id} does not exist in {name}")
    return image


def described(request: Request, image: dict[str, Any], **further: Any) -> dict[str, Any]:
    """Return an answer about a request's image, which says whose it is."""
    return {
        "registryId": ecr._registry_id(),
        "repositoryName": request["repositoryName"],
        "imageId": {**(request.get("imageId") or {}), "imageDigest": image["imageDigest"]},
        **further,
    }
