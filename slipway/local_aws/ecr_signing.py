"""What Amazon ECR tells of the signatures that it makes itself: DescribeImageSigningStatus.

It signs nothing here. An image's own directory says in ``signing.json`` what came of it: a list of
statuses as the API has them. An image without the file matches no signing rule.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageSigningStatus.html
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core.responses import error_response_json, json_response
from ministack.services import ecr

from slipway.local_aws.machine import Machine

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[..., Awaitable[Response]]


def install(machine: Machine) -> None:
    """Answer DescribeImageSigningStatus."""
    otherwise: Handler = app.SERVICE_HANDLERS["ecr"]

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        if headers.get("x-amz-target", "").rpartition(".")[2] != "DescribeImageSigningStatus":
            return await otherwise(method, path, headers, body, query)
        return _describe(json.loads(body or b"{}"), machine.images)

    app.SERVICE_HANDLERS["ecr"] = handle


def statuses_of(directory: Path) -> list[dict[str, Any]]:
    """Return what ``signing.json`` of an image's directory says; nothing without it."""
    file = directory / "signing.json"
    found: list[dict[str, Any]] = json.loads(file.read_text()) if file.is_file() else []
    return found


def _describe(request: dict[str, Any], images: Path) -> Response:
    name, image_id = request.get("repositoryName", ""), request.get("imageId") or {}
    if name not in ecr._repositories:
        return _refuse(
            "RepositoryNotFoundException", f"The repository with name '{name}' does not exist"
        )
    image = ecr._find_image(name, image_id)
    if image is None:
        return _refuse("ImageNotFoundException", f"The image {image_id} does not exist in {name}")
    digest = image["imageDigest"]
    response: Response = json_response(
        {
            "repositoryName": name,
            "registryId": ecr._registry_id(),
            "imageId": {**image_id, "imageDigest": digest},
            "signingStatuses": statuses_of(images / digest.removeprefix("sha256:")),
        }
    )
    return response


def _refuse(code: str, message: str) -> Response:
    response: Response = error_response_json(code, message, 400)
    return response
