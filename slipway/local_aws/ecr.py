"""Amazon ECR's scan results: an image's own directory says what a scanner would find."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core.responses import error_response_json, json_response
from ministack.services import ecr

from slipway.local_aws.machine import Machine

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[..., Awaitable[Response]]

_NAME = "ecr"


def install(machine: Machine) -> None:
    """Answer the scan operations; everything else stays MiniStack's."""
    otherwise: Handler = app.SERVICE_HANDLERS[_NAME]

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if operation not in ("DescribeImageScanFindings", "StartImageScan"):
            return await otherwise(method, path, headers, body, query)
        return _describe_scan(
            json.loads(body or b"{}"), machine.images, starts=operation == "StartImageScan"
        )

    app.SERVICE_HANDLERS[_NAME] = handle


def findings_of(directory: Path) -> list[dict[str, Any]]:
    """Return the findings that an image's ``scan.json`` lists; without the file there are none."""
    report = directory / "scan.json"
    if not report.is_file():
        return []
    content = json.loads(report.read_text(encoding="utf-8"))
    findings: list[dict[str, Any]] = content["findings"] if isinstance(content, dict) else content
    return findings


def _describe_scan(request: dict[str, Any], images: Path, *, starts: bool) -> Response:
    name, image_id = request.get("repositoryName", ""), request.get("imageId") or {}
    if name not in ecr._repositories:
        return _refuse(
            "RepositoryNotFoundException", f"The repository with name '{name}' does not exist"
        )
    image = ecr._find_image(name, image_id)
    if image is None:
        return _refuse("ImageNotFoundException", f"The image {image_id} does not exist in {name}")
    digest = image["imageDigest"]
    status = {"status": "COMPLETE", "description": "The scan was completed successfully."}
    answer: dict[str, Any] = {
        "registryId": ecr._registry_id(),
        "repositoryName": name,
        "imageId": {**image_id, "imageDigest": digest},
        "imageScanStatus": {"status": "IN_PROGRESS"} if starts else status,
    }
    if not starts:
        findings = findings_of(images / digest.removeprefix("sha256:"))
        answer["imageScanFindings"] = {
            "imageScanCompletedAt": image.get("imagePushedAt", time.time()),
            "vulnerabilitySourceUpdatedAt": image.get("imagePushedAt", time.time()),
            "findings": findings,
            "findingSeverityCounts": dict(Counter(item["severity"] for item in findings)),
        }
    response: Response = json_response(answer)
    return response


def _refuse(code: str, message: str) -> Response:
    response: Response = error_response_json(code, message, 400)
    return response
