"""image_scan: ECR found nothing worse in the images than is allowed."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from .green import CheckFailed, Green
from .images import INDEXES, Image, images_of
from .waiting import until

_TIMEOUT = timedelta(minutes=5)
# UNDEFINED stands lowest: ECR uses it where the source of a finding gives no severity. Amazon
# Inspector says UNTRIAGED instead.
_SEVERITIES = ("UNDEFINED", "INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")
# Basic scanning ends as COMPLETE; under enhanced scanning, which never ends, it is ACTIVE.
_SCANNED = {"COMPLETE", "ACTIVE"}
_SCANNING = {"PENDING", "IN_PROGRESS"}


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

    counts: Counter[str] = Counter()
    for image in images_of(green):
        for digest in _digests(image):
            counts.update(_findings(image, digest, deadline))

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


def _digests(image: Image) -> Iterator[str]:
    """Yield what ECR scans: the image, or each platform's image when it is an index."""
    if image.media_type not in INDEXES:
        yield image.digest
        return
    for manifest in json.loads(image.manifest)["manifests"]:
        # Build tools add attestations as manifests of an unknown platform: nothing to scan.
        if manifest.get("platform", {}).get("os") != "unknown":
            yield manifest["digest"]


def _findings(image: Image, digest: str, deadline: float) -> Counter[str]:
    status, description = "PENDING", ""
    counts: dict[str, int] = {}

    def ended() -> bool:
        nonlocal status, description, counts
        try:
            scan = image.registry.describe_image_scan_findings(
                **image.repository, imageId={"imageDigest": digest}
            )
        except image.registry.exceptions.ScanNotFoundException:
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
            f"expected a finished scan of {image.repository['repositoryName']}@{digest}, but its "
            f"status is {status}" + (f" ({description})" if description else "")
        )
    known: Counter[str] = Counter()
    for severity, count in counts.items():
        known[severity if severity in _SEVERITIES else "UNDEFINED"] += count
    return known
