"""What Amazon ECR tells about an image beside itself: what a scan found, and what refers to it.

An image's own directory says what a scanner would find. What refers to an image, such as its
signature, is a manifest in the same repository that names it as its subject.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ministack import app
from ministack.services import ecr

from slipway.local_aws.ecr_requests import described, image_of, repository_of
from slipway.local_aws.json_api import ApiError, Request, Response, operation_of, respond
from slipway.local_aws.machine import Machine

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
    operations: Mapping[str, Callable[[Request], dict[str, Any]]] = {
        "ListImageReferrers": _list_referrers,
        "DescribeImageScanFindings": lambda request: _scan_findings(request, machine.images),
        "StartImageScan": lambda request: _start_scan(request, machine.images),
    }

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        if operation_of(headers) not in operations:
            return await otherwise(method, path, headers, body, query)
        return respond(headers, body, lambda name, request: operations[name](request))

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


def _list_referrers(request: Request) -> dict[str, Any]:
    # https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html
    name = repository_of(request)
    digest = (request.get("subjectId") or {}).get("imageDigest", "")
    found = referrers_to(digest, ecr._images[name])
    wanted = (request.get("filter") or {}).get("artifactTypes")
    return {"referrers": [each for each in found if not wanted or each["artifactType"] in wanted]}


def _start_scan(request: Request, images: Path) -> dict[str, Any]:
    image, scan = _scanned(request, images)
    if time.time() - _scanned_at(image, scan) < _A_DAY:
        raise ApiError("LimitExceededException", "The scan quota per image has been exceeded")
    image["scannedAt"] = time.time()
    return described(request, image, imageScanStatus={"status": "IN_PROGRESS"})


def _scan_findings(request: Request, images: Path) -> dict[str, Any]:
    image, scan = _scanned(request, images)
    answer = described(request, image, imageScanStatus={"status": scan.status})
    if scan.status in ("COMPLETE", "ACTIVE"):
        first = int(request.get("nextToken") or 0)
        following = first + int(request.get("maxResults") or _PAGE)
        scanned_at = _scanned_at(image, scan)
        answer["imageScanFindings"] = {
            "imageScanCompletedAt": scanned_at,
            "vulnerabilitySourceUpdatedAt": scanned_at,
            scan.key: scan.findings[first:following],
            "findingSeverityCounts": dict(Counter(item["severity"] for item in scan.findings)),
        }
        if following < len(scan.findings):
            answer["nextToken"] = str(following)
    return answer


def _scanned(request: Request, images: Path) -> tuple[dict[str, Any], Scan]:
    """Return the image of a request, and what a scanner has to say of it."""
    image = image_of(request)
    if image["imageManifestMediaType"] in _INDEXES:
        # Each platform's image is scanned, not what lists them.
        raise ApiError(
            "ScanNotFoundException", f"Image scan does not exist for {request.get('imageId') or {}}"
        )
    return image, scan_of(images / image["imageDigest"].removeprefix("sha256:"))


def _scanned_at(image: Mapping[str, Any], scan: Scan) -> float:
    at: float = image.get("scannedAt") or scan.completed_at or image["imagePushedAt"]
    return at
