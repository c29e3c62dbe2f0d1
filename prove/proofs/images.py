"""Images: built, scanned, and run as their Dockerfile says."""

from __future__ import annotations

from prove.editions import SCAN_TIMEOUT
from prove.ground import SERVICES
from prove.story import Story
from prove.verdict import Verdict, holds, not_tried, proof, verdict


@proof(38, after="prepare", needs=("containers",))
def base_image(story: Story) -> Verdict:
    """Both images build from the base image that their Dockerfiles name."""
    digests = [story.ground.digest(service) for service in SERVICES]
    return holds(f"built and pushed: {', '.join(digest[:19] for digest in digests)}")


@proof(39, after="deploy", needs=("containers",))
def unprivileged(story: Story) -> Verdict:
    """Storefront runs as its user, read-only and without capabilities."""
    running = [
        task
        for task in story["deploy"].note("tasks of storefront")
        if task["lastStatus"] == "RUNNING"
    ]
    return verdict(bool(running), f"{len(running)} tasks of storefront run")


@proof(40, after="prepare")
def scan_in_time(story: Story) -> Verdict:
    """The scan on push is complete before the check's timeout."""
    seen = {service: story["prepare"].note(f"scan of {service}") for service in SERVICES}
    told = (f"{name}: {scan.status} after {scan.seconds} s" for name, scan in seen.items())
    return verdict(
        all(scan.status == "COMPLETE" for scan in seen.values()),
        f"{', '.join(told)} (at most {SCAN_TIMEOUT.seconds} s)",
    )


@proof(41, after="prepare", needs=("containers",))
def findings_allowed(story: Story) -> Verdict:
    """Storefront's findings are of medium severity at most."""
    scan = story["prepare"].note("scan of storefront")
    if scan.status != "COMPLETE":
        return not_tried(f"the scan is {scan.status}")
    found = ", ".join(f"{count} {severity}" for severity, count in sorted(scan.findings.items()))
    return verdict(scan.passes, found or "no findings")
