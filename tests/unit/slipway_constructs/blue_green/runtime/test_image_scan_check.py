import json
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[5]
# The pipeline's gate holds to the same ones.
CASES = yaml.safe_load((ROOT / "tests/unit/pipeline/images/scan_cases.yaml").read_text())

DIGEST = "sha256:" + "a" * 64
IMAGE = f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/shop/storefront@{DIGEST}"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


class ScanNotFoundException(Exception):  # noqa: N818 - boto3's name
    pass


class Registry:
    """ECR with one image, and scans that change from one question to the next; the last stays."""

    class exceptions:  # noqa: N801 - boto3's name
        ScanNotFoundException = ScanNotFoundException

    def __init__(self, *scans: Any, media_type: str = MANIFEST, manifest: Any = None) -> None:
        self._scans = list(scans)
        self._media_type = media_type
        self._manifest = manifest
        self.scanned: list[str] = []

    def batch_get_image(self, **parameters: Any) -> dict[str, Any]:
        assert parameters["registryId"] == "111111111111"
        assert parameters["repositoryName"] == "shop/storefront"
        image = {
            "imageId": {"imageDigest": DIGEST},
            "imageManifestMediaType": self._media_type,
            "imageManifest": json.dumps(self._manifest),
        }
        return {"images": [image] if self._scans else []}

    def describe_image_scan_findings(self, **parameters: Any) -> dict[str, Any]:
        self.scanned.append(parameters["imageId"]["imageDigest"])
        scan = self._scans.pop(0) if len(self._scans) > 1 else self._scans[0]
        if scan is ScanNotFoundException:
            raise ScanNotFoundException
        status, counts = scan
        return {
            "imageScanStatus": {"status": status, "description": "as ECR describes it"},
            "imageScanFindings": {"findingSeverityCounts": counts},
        }


@pytest.fixture
def check(
    load: Callable[[str], ModuleType], green: Callable[..., Any], aws: dict[str, Any]
) -> Callable[..., str]:
    module = load("checks.image_scan")

    def run(registry: Registry, *images: str, allowed: str = "medium", seconds: float = 60) -> str:
        aws["ecr"] = registry
        result: str = module.check(
            green(images=images or (IMAGE,)),
            {"allowed": allowed, "timeout_seconds": seconds},
            time.monotonic() + 60,
        )
        return result

    return run


def test_findings_up_to_the_allowed_severity_pass(check: Any) -> None:
    said = check(Registry(("COMPLETE", {"MEDIUM": 3, "LOW": 1})))
    assert said == "no finding above medium; found 3 medium, 1 low"


@pytest.mark.parametrize("severity", ["HIGH", "CRITICAL"])
def test_findings_above_the_allowed_severity_fail_with_the_counts(
    check: Any, severity: str
) -> None:
    with pytest.raises(Exception, match=f"above medium, but found 2 {severity.lower()}, 3 medium"):
        check(Registry(("COMPLETE", {severity: 2, "MEDIUM": 3})))


def test_none_allowed_refuses_every_finding(check: Any) -> None:
    with pytest.raises(Exception, match="above none, but found 1 undefined"):
        check(Registry(("COMPLETE", {"UNDEFINED": 1})), allowed="none")


def test_enhanced_scanning_that_never_completes_counts_as_scanned(check: Any) -> None:
    check(Registry(("ACTIVE", {})))


def test_scan_that_has_not_ended_is_waited_for(check: Any) -> None:
    registry = Registry(
        ScanNotFoundException, ("PENDING", {}), ("IN_PROGRESS", {}), ("COMPLETE", {})
    )
    check(registry)
    assert len(registry.scanned) == 4


@pytest.mark.parametrize("scan", [("IN_PROGRESS", {}), ScanNotFoundException])
def test_scan_that_does_not_end_in_time_fails(check: Any, scan: Any) -> None:
    with pytest.raises(Exception, match=f"finished scan of shop/storefront@{DIGEST}"):
        check(Registry(scan), seconds=0.05)


@pytest.mark.parametrize("status", ["FAILED", "UNSUPPORTED_IMAGE", "FINDINGS_UNAVAILABLE"])
def test_image_that_could_not_be_scanned_fails(check: Any, status: str) -> None:
    with pytest.raises(Exception, match=rf"its status is {status} \(as ECR describes it\)"):
        check(Registry((status, {})))


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_scan_is_judged_as_the_pipeline_s_gate_judges_it(check: Any, case: Any) -> None:
    scan = (case["status"], case["counts"])
    for allowed in case["passes"]:
        check(Registry(scan), allowed=allowed)
    for allowed in case["fails"]:
        with pytest.raises(Exception, match="expected"):
            # Nobody ends a scan meanwhile: what is not there at once will not be.
            check(Registry(scan), allowed=allowed, seconds=0.05)


def test_index_is_judged_by_the_images_of_its_platforms(check: Any) -> None:
    manifests = [
        {"digest": "sha256:x86", "platform": {"os": "linux", "architecture": "amd64"}},
        {"digest": "sha256:arm", "platform": {"os": "linux", "architecture": "arm64"}},
        {"digest": "sha256:sbom", "platform": {"os": "unknown", "architecture": "unknown"}},
    ]
    registry = Registry(("COMPLETE", {}), media_type=INDEX, manifest={"manifests": manifests})
    check(registry)
    assert registry.scanned == ["sha256:x86", "sha256:arm"]


def test_image_that_is_not_in_the_repository_fails(check: Any) -> None:
    with pytest.raises(Exception, match="it is not there"):
        check(Registry())


def test_images_of_other_registries_are_passed_over(check: Any) -> None:
    registry = Registry(("COMPLETE", {}))
    check(registry, "public.ecr.aws/example/sidecar:1", IMAGE)
    assert registry.scanned == [DIGEST]


def test_nothing_to_scan_is_no_pass(check: Any) -> None:
    with pytest.raises(Exception, match="expected an image of a private ECR registry"):
        check(Registry(("COMPLETE", {})), "public.ecr.aws/example/sidecar:1")
