"""What Amazon ECR tells about an image beside itself: what a scan found, and what refers to it.

An image's own directory says what a scanner would find. What refers to an image, such as its
signature, is a manifest in the same repository that names it as its subject.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
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
    """Answer the scan operations and ListImageReferrers; everything else stays MiniStack's."""
    otherwise: Handler = app.SERVICE_HANDLERS[_NAME]

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if operation == "ListImageReferrers":
            return _list_referrers(json.loads(body or b"{}"))
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


def referrers_to(digest: str, images: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what refers to an image, as ListImageReferrers describes it.

    A manifest's artifact type is its own, or else its configuration's media type.
    https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
    """
    found = []
    for image in images:
        text = image.get("imageManifest", "")
        try:
            manifest = json.loads(text)
        except ValueError:
            continue
        if not isinstance(manifest, dict):
            continue
        if (manifest.get("subject") or {}).get("digest") != digest:
            continue
        found.append(
            {
                "digest": image["imageDigest"],
                "mediaType": image["imageManifestMediaType"],
                "artifactType": manifest.get("artifactType")
                or (manifest.get("config") or {}).get("mediaType", ""),
                "size": len(text.encode()),
                "annotations": manifest.get("annotations") or {},
                "artifactStatus": "ACTIVE",
            }
        )
    return found


def _list_referrers(request: dict[str, Any]) -> Response:
    # https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html
    name = request.get("repositoryName", "")
    if name not in ecr._repositories:
        return _refuse(
            "RepositoryNotFoundException", f"The repository with name '{name}' does not exist"
        )
    digest = (request.get("subjectId") or {}).get("imageDigest", "")
    found = referrers_to(digest, ecr._images[name])
    wanted = (request.get("filter") or {}).get("artifactTypes")
    kept = [each for each in found if not wanted or each["artifactType"] in wanted]
    response: Response = json_response({"referrers": kept})
    return response


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
