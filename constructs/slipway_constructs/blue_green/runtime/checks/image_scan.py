"""image_scan: ECR found nothing worse in the images than is allowed."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from aws import client

from .green import CheckFailed, Green
from .waiting import until

_TIMEOUT = timedelta(minutes=5)
# UNDEFINED stands lowest: ECR uses it where the source of a finding gives no severity.
_SEVERITIES = ("UNDEFINED", "INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")
# Basic scanning ends as COMPLETE; under enhanced scanning, which never ends, it is ACTIVE.
_SCANNED = {"COMPLETE", "ACTIVE"}
_SCANNING = {"PENDING", "IN_PROGRESS"}

_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_REFERENCE = re.compile(
    r"(?P<registry>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?"
    r"/(?P<repository>[^@:]+)(@(?P<digest>sha256:[0-9a-f]{64})|:(?P<tag>[^@]+))"
)


def check(green: Green, settings: Mapping[str, Any], deadline: float) -> str:
    """Wait for the scan of each image, then fail when one has findings above ``allowed``.

    Images that aren't in a private ECR registry have no scan and are passed over; when no image
    is in one, the check fails, because it could check nothing.

    Parameters
    ----------
    green
        Its images are checked.
    settings
        ``allowed``, the highest severity that may be found (``informational`` to ``critical``, or
        ``none``), and ``timeout_seconds`` (300.0) for all images together.
    deadline
        Time of ``time.monotonic()`` at which waiting ends in any case.
    """
    allowed = str(settings["allowed"]).upper()
    timeout = float(settings.get("timeout_seconds", _TIMEOUT.total_seconds()))
    deadline = min(deadline, time.monotonic() + timeout)

    references = [match for image in green.images if (match := _REFERENCE.fullmatch(image))]
    if not references:
        raise CheckFailed(
            f"expected an image of a private ECR registry, but {green.revision} runs "
            f"{', '.join(green.images) or 'none'}"
        )
    counts: Counter[str] = Counter()
    for reference in references:
        registry = client("ecr", reference["region"])
        for image in _manifests(registry, reference):
            counts.update(_findings(registry, image, deadline))

    refused = _SEVERITIES[_SEVERITIES.index(allowed) + 1 :] if allowed != "NONE" else _SEVERITIES
    if any(counts[severity] for severity in refused):
        raise CheckFailed(f"expected no finding above {allowed.lower()}, but found {_list(counts)}")
    return f"no finding above {allowed.lower()}; found {_list(counts)}"


def _list(counts: Counter[str]) -> str:
    found = (
        f"{counts[severity]} {severity.lower()}"
        for severity in reversed(_SEVERITIES)
        if counts[severity]
    )
    return ", ".join(found) or "nothing"


def _manifests(registry: Any, reference: re.Match[str]) -> Iterator[dict[str, Any]]:
    """Yield what ECR scans: the image, or each platform's image when it is an index."""
    repository = {
        "registryId": reference["registry"],
        "repositoryName": reference["repository"],
    }
    identifier = (
        {"imageDigest": reference["digest"]}
        if reference["digest"]
        else {"imageTag": reference["tag"]}
    )
    found = registry.batch_get_image(
        **repository, imageIds=[identifier], acceptedMediaTypes=[*_INDEXES, *_MANIFESTS]
    )["images"]
    if not found:
        raise CheckFailed(f"expected the image {reference[0]} in ECR, but it is not there")
    digests = [found[0]["imageId"]["imageDigest"]]
    if found[0].get("imageManifestMediaType") in _INDEXES:
        # Build tools add attestations as manifests of an unknown platform: nothing to scan.
        digests = [
            manifest["digest"]
            for manifest in json.loads(found[0]["imageManifest"])["manifests"]
            if manifest.get("platform", {}).get("os") != "unknown"
        ]
    for digest in digests:
        yield {**repository, "imageId": {"imageDigest": digest}}


def _findings(registry: Any, image: dict[str, Any], deadline: float) -> dict[str, int]:
    status, description = "PENDING", ""
    counts: dict[str, int] = {}

    def ended() -> bool:
        nonlocal status, description, counts
        try:
            scan = registry.describe_image_scan_findings(**image)
        except registry.exceptions.ScanNotFoundException:
            # Scanning on push begins a moment after the push.
            status, description = "PENDING", "no scan was found: does the repository scan on push?"
            return False
        status = scan["imageScanStatus"]["status"]
        description = scan["imageScanStatus"].get("description", "")
        counts = scan.get("imageScanFindings", {}).get("findingSeverityCounts", {})
        return status not in _SCANNING

    until(deadline, ended)
    if status not in _SCANNED:
        raise CheckFailed(
            f"expected a finished scan of {image['repositoryName']}@"
            f"{image['imageId']['imageDigest']}, but its status is {status}"
            + (f" ({description})" if description else "")
        )
    return counts
