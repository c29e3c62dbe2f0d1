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

from slipway.local_aws.ecr_requests import described, image_of
from slipway.local_aws.json_api import Request, Response, operation_of, respond
from slipway.local_aws.machine import Machine

Handler = Callable[..., Awaitable[Response]]


def install(machine: Machine) -> None:
    """Answer DescribeImageSigningStatus."""
    otherwise: Handler = app.SERVICE_HANDLERS["ecr"]

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        if operation_of(headers) != "DescribeImageSigningStatus":
            return await otherwise(method, path, headers, body, query)
        return respond(headers, body, lambda _, request: _describe(request, machine.images))

    app.SERVICE_HANDLERS["ecr"] = handle


def statuses_of(directory: Path) -> list[dict[str, Any]]:
    """Return what ``signing.json`` of an image's directory says; nothing without it."""
    file = directory / "signing.json"
    found: list[dict[str, Any]] = json.loads(file.read_text()) if file.is_file() else []
    return found


def _describe(request: Request, images: Path) -> dict[str, Any]:
    image = image_of(request)
    statuses = statuses_of(images / image["imageDigest"].removeprefix("sha256:"))
    return described(request, image, signingStatuses=statuses)
