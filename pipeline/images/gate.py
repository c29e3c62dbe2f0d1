"""Whether an image may be released: what a scan found, and whether it is signed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.errors import PipelineError
from pipeline.images import findings
from pipeline.images.findings import Found
from pipeline.images.marks import live_in
from pipeline.images.repository import INDEXES, RegisteredImage, Repository
from pipeline.images.signature import find_signature
from pipeline.images.waiting import until
from slipway.release.errors import aws_errors

# Basic scanning ends as COMPLETE; under enhanced scanning, which never ends, it is ACTIVE.
_SCANNED = ("COMPLETE", "ACTIVE")
_SCANNING = ("PENDING", "IN_PROGRESS")
# Why a scan that ended otherwise did, and what to do about it.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-troubleshooting.html
_OTHERWISE = {
    "UNSUPPORTED_IMAGE": "its system is none that the scanner knows: choose another base image",
    "SCAN_ELIGIBILITY_EXPIRED": "Amazon Inspector scans it no more: change the service's folder, "
    "so that a new one is built",
    "LIMIT_EXCEEDED": "a quota of the scanner is used up: start the pipeline again later",
    "IMAGE_ARCHIVED": "it is archived: change the service's folder, so that a new one is built",
}
_LISTED = 30
# Basic scanning looks at an image when it is pushed, and then when somebody asks, once a day.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-basic.html
_SCANNED_AGAIN_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Patience:
    """How long the gate waits for what the registry does after a push."""

    scan: timedelta = timedelta(minutes=10)
    """For the scans of all platforms of an image together."""
    signature: timedelta = timedelta(minutes=2)


def gate(
    ecr: Any,
    *,
    repository: str,
    digest: str,
    allowed_findings: str,
    signing: bool,
    tell: Callable[[str], None],
    patience: Patience = Patience(),
) -> None:
    """Wait for the scan of an image and judge it; where images are signed, find the signature.

    Called for each service's digest, an index's or a platform's, before anything is synthesised.

    Parameters
    ----------
    ecr
        The boto3 client of the registry's account.
    repository
        Such as ``shop/storefront``.
    digest
        What a task definition will name; of an index, each platform is judged.
    allowed_findings
        The worst severity that a new image may have: ``none`` to ``critical``. An image that is
        live somewhere (a tag ``live-*``) is told, not stopped.
    signing
        Whether the registry signs what is pushed.
    tell
        Told in a sentence what was found.
    patience
        How long to wait for scans and signatures.

    Raises
    ------
    PipelineError
        The image may not be released: a line for each finding, and one on what to do.
    AwsError
        The registry refuses.
    """
    image = f"{repository}@{digest}"
    live = live_in(ecr, repository, digest)
    mistakes: list[str] = []
    judgements: list[Callable[[], str]] = [
        lambda: _judge_scan(ecr, repository, digest, allowed_findings, patience.scan)
    ]
    if signing:
        judgements.append(
            lambda: f"{image} {find_signature(ecr, repository, digest, within=patience.signature)}"
        )
    for judgement in judgements:
        try:
            tell(judgement())
        except PipelineError as error:
            mistakes.append(str(error))
    if not mistakes:
        return
    if not live:
        raise PipelineError("\n".join(mistakes))
    for mistake in mistakes:
        tell(mistake)
    tell(
        f"{image} is live in {', '.join(live)}, so this does not stop it: the next image of this "
        "service has to be better"
    )


def _judge_scan(ecr: Any, repository: str, digest: str, allowed: str, within: timedelta) -> str:
    """Return what the scans of an image found, in a sentence; raise for what isn't allowed."""
    image = f"{repository}@{digest}"
    with aws_errors(f"read the scan of {image}"):
        registered = Repository(ecr, repository).find_digest(digest)
        if registered is None:
            raise PipelineError(f"{image} is not in the registry: build it again")
        platforms = _scanned(registered)
        scans = _Scans(ecr, repository)
        # Each is looked at, also when another one is not ready.
        until(within, lambda: not [each for _, each in platforms if not scans.ended(each)])
        found = [(name, scans.found(each)) for name, each in platforms]
    if not found:
        raise PipelineError(f"{image} is an index without a platform: build it again")
    refused = [(name, each.above(allowed)) for name, each in found if each.above(allowed)]
    if refused:
        raise PipelineError(_refusal(image, repository, refused, allowed))
    return f"{image}: the scan found {_summary(found)}, and nothing above {allowed}"


def _scanned(image: RegisteredImage) -> list[tuple[str, str]]:
    """Return name and digest of what the registry scans: an image, or those of an index.

    Build tools add attestations to an index, as images of an unknown platform: there is nothing to
    scan in them.
    """
    if image.media_type not in INDEXES:
        return [("", image.digest)]
    return [
        (name, digest) for name, digest in image.platforms.items() if not name.startswith("unknown")
    ]


def _summary(found: Iterable[tuple[str, Found]]) -> str:
    return "; ".join(f"{each.summary} ({name})" if name else each.summary for name, each in found)


def _refusal(
    image: str, repository: str, refused: Sequence[tuple[str, Found]], allowed: str
) -> str:
    """List what is not allowed, and say what to do."""
    service = repository.rpartition("/")[2]
    lines = [
        f"{image} ({name}): {finding}" if name else f"{image}: {finding}"
        for name, each in refused
        for finding in each.findings
    ]
    left = len(lines) - _LISTED
    if left > 0:
        lines = [*lines[:_LISTED], f"{image}: and {left} more"]
    return "\n".join(
        [
            *lines,
            f"{image} may have no finding above {allowed}, and has {_summary(refused)}: take a "
            f"newer base image or package in services/{service}, or allow more in slipway.yaml "
            "(images.allowed_findings)",
        ]
    )


class _Scans:
    """The scans of one repository's images, as they were last seen."""

    def __init__(self, ecr: Any, repository: str) -> None:
        self._ecr = ecr
        self._repository = repository
        self._seen: dict[str, Mapping[str, Any]] = {}
        self._asked: set[str] = set()

    def ended(self, digest: str) -> bool:
        """Look at a scan; tell whether it has ended, well or not.

        A basic scan of another day is made again: what was found since then is not in it.
        """
        try:
            self._seen[digest] = self._ecr.describe_image_scan_findings(**self._request(digest))
        except self._ecr.exceptions.ScanNotFoundException:
            # A scan on push begins a moment after the push.
            return False
        if self._seen[digest]["imageScanStatus"]["status"] in _SCANNING:
            return False
        return not (self._is_old(digest) and self._scan_again(digest))

    def _is_old(self, digest: str) -> bool:
        completed = self._seen[digest].get("imageScanFindings", {}).get("imageScanCompletedAt")
        return (
            self._seen[digest]["imageScanStatus"]["status"] == "COMPLETE"
            and completed is not None
            and datetime.now(UTC) - completed > _SCANNED_AGAIN_AFTER
        )

    def _scan_again(self, digest: str) -> bool:
        """Ask for a scan, if that was not done yet; tell whether one comes."""
        if digest in self._asked:
            return False
        self._asked.add(digest)
        try:
            self._ecr.start_image_scan(**self._request(digest))
        except self._ecr.exceptions.LimitExceededException:
            # It was asked for today: what was found then counts.
            return False
        return True

    def found(self, digest: str) -> Found:
        """Return all that the scan found.

        Raises
        ------
        PipelineError
            It has not ended well.
        """
        image = f"{self._repository}@{digest}"
        if digest not in self._seen:
            raise PipelineError(
                f"{image} is not scanned: scanning on push may have been switched on after it was "
                "pushed; aws ecr start-image-scan --repository-name "
                f"{self._repository} --image-id imageDigest={digest}, and start the pipeline again"
            )
        status = self._seen[digest]["imageScanStatus"]
        if status["status"] not in _SCANNED:
            why = status.get("description", "")
            what = _OTHERWISE.get(status["status"], "start the pipeline again")
            raise PipelineError(
                f"{image} has no finished scan, its status is {status['status']}"
                + (f" ({why})" if why else "")
                + f": {what}"
            )
        return findings.read(self._pages(digest))

    def _pages(self, digest: str) -> Iterator[Mapping[str, Any]]:
        page = self._seen[digest]
        yield page
        while page.get("nextToken"):
            page = self._ecr.describe_image_scan_findings(
                **self._request(digest), nextToken=page["nextToken"]
            )
            yield page

    def _request(self, digest: str) -> dict[str, Any]:
        return {"repositoryName": self._repository, "imageId": {"imageDigest": digest}}
