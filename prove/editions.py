"""The editions of the project, made one after the other while AWS is busy with the network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from prove.ground import CALLED, ENVIRONMENT, REGISTRY, SERVICES, STAGE
from prove.pace import Pace
from prove.story import Facts, Story

NUMBERS = (1, 2, 3, 4, 5)
# Above what the example's check tolerates.
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanFindings.html
_TOO_SEVERE = ("CRITICAL", "HIGH")
# The check's own timeout in the example.
SCAN_TIMEOUT = timedelta(minutes=5)
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanStatus.html
_NOT_YET = ("IN_PROGRESS", "PENDING")


class Editions:
    """Makes all editions in a thread, and tells when each is there."""

    def __init__(self, story: Story, facts: Facts, pace: Pace) -> None:
        self._story, self._facts, self._pace = story, facts, pace
        self._ready = {number: threading.Event() for number in NUMBERS}
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._make, name="editions")

    def start(self) -> None:
        """Deploy the registry, then begin."""
        ground = self._story.ground
        ground.deploy(0, REGISTRY, look=self._pace.look)
        self._thread.start()

    def join(self) -> None:
        """Wait for the thread; it ends soon when the run is stopped."""
        if self._thread.ident is not None:
            self._thread.join()

    def deploy_network(self) -> None:
        """Deploy what needs no image."""
        stacks = [f"{STAGE}/{name}" for name in ("Network", "Cluster", "Observability")]
        self._story.ground.deploy(0, *stacks, look=self._pace.look)

    def wait_for(self, number: int, pace: Pace) -> None:
        """Wait until an edition is there.

        Raises
        ------
        Exception
            What kept it from being made.
        """
        pace.wait_for(lambda: self._ready[number].is_set() or not self._thread.is_alive())
        if not self._ready[number].is_set() and self._error is not None:
            raise self._error

    def _make(self) -> None:
        try:
            for number in NUMBERS:
                self._edit(number)
                self._story.ground.synthesise(number, self._pace.look)
                self._ready[number].set()
        except Exception as error:
            self._error = error

    def _edit(self, number: int) -> None:
        ground = self._story.ground

        def build(*services: str) -> None:
            self._story.tell(f"building and pushing edition {number} of {' and '.join(services)}")
            ground.build(number, services, self._pace.look)

        edits: dict[int, Callable[[], None]] = {
            2: lambda: _next(self._story, number, *SERVICES),
            3: lambda: _break(self._story, number),
            4: lambda: _next(self._story, number, CALLED),
            5: lambda: ground.set(CALLED, "health_check.interval", "11s"),
        }
        built = {1: SERVICES, 2: SERVICES, 3: SERVICES, 4: (CALLED,)}
        if number in edits:
            edits[number]()
        if number in built:
            build(*built[number])
        if number == 1:
            self._scan()

    def _scan(self) -> None:
        """Wait for the scans, and leave the check out where its findings would end the story."""
        for service in SERVICES:
            begun = time.monotonic()
            scan = scan_of(self._story, service)
            while scan.status in _NOT_YET and time.monotonic() - begun < SCAN_TIMEOUT.seconds:
                self._pace.pause()
                scan = scan_of(self._story, service)
            self._facts.notes[f"scan of {service}"] = replace(
                scan, seconds=round(time.monotonic() - begun)
            )
            if not scan.passes:
                self._story.tell(f"{service}: the image scan would refuse it, and is left out")
                self._story.ground.skip_image_scan(service)


def _next(story: Story, number: int, *services: str) -> None:
    for service in services:
        story.ground.next_version(service, str(number - 1), str(number))


def _break(story: Story, number: int) -> None:
    _next(story, number, *SERVICES)
    story.ground.break_home_page()


@dataclass(frozen=True)
class Scan:
    """What ECR says of an image."""

    status: str
    findings: Mapping[str, int]
    """Their number by severity."""
    seconds: int = 0
    """How long it was waited for."""

    @property
    def passes(self) -> bool:
        """Whether the example's check passes."""
        return self.status == "COMPLETE" and not any(map(self.findings.get, _TOO_SEVERE))


def scan_of(story: Story, service: str) -> Scan:
    """Read the scan of the image that was built last.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html
    """
    ecr = story.place.client("ecr")
    try:
        found = ecr.describe_image_scan_findings(
            repositoryName=story.ground.settings.names(ENVIRONMENT).repository(service),
            imageId={"imageDigest": story.ground.digest(service)},
        )
    except ecr.exceptions.ScanNotFoundException:
        return Scan("PENDING", {})
    findings = found.get("imageScanFindings", {}).get("findingSeverityCounts", {})
    return Scan(found["imageScanStatus"]["status"], findings)
