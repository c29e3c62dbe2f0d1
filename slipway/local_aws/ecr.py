"""What Amazon ECR tells about an image beside itself: what a scan found, and what refers to it.

An image's own directory says what a scanner would find. What refers to an image, such as its
signature, is a manifest in the same repository that names it as its subject.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core.responses import error_response_json, json_response
from ministack.services import ecr

from slipway.local_aws.machine import Machine

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[..., Awaitable[Response]]

_NAME = "ecr"
_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html
_PAGE = 100
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-basic.html
_A_DAY = 86_400


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


@dataclass(frozen=True)
class Scan:
    """What a scanner has to say of an image."""

    status: str = "COMPLETE"
    """As ECR has it; ``ACTIVE`` where scanning is enhanced, which never ends."""
    findings: Sequence[dict[str, Any]] = ()
    """What was found, in the form that belongs to the kind of scanning."""
    enhanced: bool = False
    """Whether Amazon Inspector scans."""
    completed_at: float | None = None
    """When, in seconds since 1970, if that isn't when the image was pushed."""

    @property
    def key(self) -> str:
        """Where the answer has the findings."""
        return "enhancedFindings" if self.enhanced else "findings"


def scan_of(directory: Path) -> Scan:
    """Return what an image's ``scan.json`` says; without the file nothing was found.

    It is a list of findings, or an object with ``findings`` or ``enhancedFindings``, and with a
    ``status`` where that isn't the usual one, and ``completed_at`` where it was at another time.
    """
    report = directory / "scan.json"
    if not report.is_file():
        return Scan()
    content = json.loads(report.read_text(encoding="utf-8"))
    if isinstance(content, list):
        return Scan(findings=content)
    if "enhancedFindings" in content:
        return Scan(content.get("status", "ACTIVE"), content["enhancedFindings"], enhanced=True)
    return Scan(
        content.get("status", "COMPLETE"),
        content.get("findings", ()),
        completed_at=content.get("completed_at"),
    )


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
    if image["imageManifestMediaType"] in _INDEXES:
        # Each platform's image is scanned, not what lists them.
        return _refuse("ScanNotFoundException", f"Image scan does not exist for {image_id}")
    scan = scan_of(images / digest.removeprefix("sha256:"))
    scanned_at = image.get("scannedAt") or scan.completed_at or image["imagePushedAt"]
    if starts:
        if time.time() - scanned_at < _A_DAY:
            return _refuse("LimitExceededException", "The scan quota per image has been exceeded")
        image["scannedAt"] = time.time()
    answer: dict[str, Any] = {
        "registryId": ecr._registry_id(),
        "repositoryName": name,
        "imageId": {**image_id, "imageDigest": digest},
        "imageScanStatus": {"status": "IN_PROGRESS" if starts else scan.status},
    }
    if not starts and scan.status in ("COMPLETE", "ACTIVE"):
        first = int(request.get("nextToken") or 0)
        following = first + int(request.get("maxResults") or _PAGE)
        answer["imageScanFindings"] = {
            "imageScanCompletedAt": scanned_at,
            "vulnerabilitySourceUpdatedAt": scanned_at,
            scan.key: scan.findings[first:following],
            "findingSeverityCounts": dict(Counter(item["severity"] for item in scan.findings)),
        }
        if following < len(scan.findings):
            answer["nextToken"] = str(following)
    response: Response = json_response(answer)
    return response


def _refuse(code: str, message: str) -> Response:
    response: Response = error_response_json(code, message, 400)
    return response
