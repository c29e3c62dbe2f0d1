"""The gate before an image is released, asking the registry of the local AWS."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.errors import PipelineError
from pipeline.images import waiting
from pipeline.images.gate import Patience, gate
from pipeline.images.marks import mark_live

ROOT = Path(__file__).resolve().parents[4]
# The hooks' check image_scan holds to the same ones.
CASES = yaml.safe_load((ROOT / "tests/unit/pipeline/images/scan_cases.yaml").read_text())
PROFILE = "arn:aws:signer:eu-west-1:111111111111:/signing-profiles/shop_images"
NO_PATIENCE = Patience(scan=timedelta(), signature=timedelta())


def judge(
    shelf: Any,
    digest: str,
    *,
    allowed: str = "medium",
    signing: bool = False,
    patience: Patience = NO_PATIENCE,
) -> list[str]:
    """Judge an image; return what is told."""
    told: list[str] = []
    gate(
        shelf.ecr,
        repository=shelf.name,
        digest=digest,
        allowed_findings=allowed,
        signing=signing,
        tell=told.append,
        patience=patience,
    )
    return told


def refusal(shelf: Any, digest: str, **settings: Any) -> list[str]:
    """Judge an image that is refused; return the lines of the refusal."""
    with pytest.raises(PipelineError) as refused:
        judge(shelf, digest, **settings)
    return str(refused.value).splitlines()


def basic(name: str, severity: str, package: str) -> dict[str, Any]:
    attributes = [
        {"key": "package_name", "value": package},
        {"key": "package_version", "value": "1.0"},
    ]
    return {"name": name, "severity": severity, "attributes": attributes}


def enhanced(name: str, severity: str, fix: str) -> dict[str, Any]:
    package = {"name": "openssl", "version": "3.0.1", "fixedInVersion": fix}
    details = {"vulnerabilityId": name, "vulnerablePackages": [package]}
    return {"severity": severity, "packageVulnerabilityDetails": details}


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_scan_is_judged_as_the_hooks_judge_it(shelf: Any, case: Any) -> None:
    image = shelf.push()
    findings = [{"severity": each} for each, count in case["counts"].items() for _ in range(count)]
    kind = "enhancedFindings" if case["status"] == "ACTIVE" else "findings"
    shelf.says(image, "scan", {"status": case["status"], kind: findings})
    for allowed in case["passes"]:
        judge(shelf, image, allowed=allowed)
    for allowed in case["fails"]:
        assert refusal(shelf, image, allowed=allowed)


def test_findings_that_are_too_bad_are_listed_worst_first_and_then_what_to_do(shelf: Any) -> None:
    image = shelf.push()
    shelf.says(
        image,
        "scan",
        [
            basic("CVE-1", "HIGH", "zlib1g"),
            basic("CVE-2", "LOW", "bash"),
            basic("CVE-3", "CRITICAL", "openssl"),
        ],
    )
    critical, high, last = refusal(shelf, image)
    assert critical.startswith(f"{shelf.name}@{image}: critical CVE-3 in openssl 1.0")
    assert high.startswith(f"{shelf.name}@{image}: high CVE-1 in zlib1g 1.0")
    service = shelf.name.removeprefix("shop/")
    assert last == (
        f"{shelf.name}@{image} may have no finding above medium, and has 1 critical, 1 high: take "
        f"a newer base image or package in services/{service}, or allow more in slipway.yaml "
        "(images.allowed_findings)"
    )


def test_amazon_inspector_s_findings_are_told_with_their_fix(shelf: Any) -> None:
    image = shelf.push()
    findings = [enhanced("CVE-4", "CRITICAL", "3.0.2"), enhanced("CVE-5", "HIGH", "NotAvailable")]
    shelf.says(image, "scan", {"enhancedFindings": findings})
    critical, high, _ = refusal(shelf, image)
    assert critical.endswith("critical CVE-4 in openssl 3.0.1, fixed in 3.0.2")
    assert high.endswith("high CVE-5 in openssl 3.0.1, no fix yet")


def test_finding_on_a_later_page_counts(shelf: Any) -> None:
    image = shelf.push()
    findings = [basic(f"CVE-{number}", "LOW", "bash") for number in range(150)]
    shelf.says(image, "scan", [*findings, basic("CVE-LAST", "CRITICAL", "openssl")])
    assert "critical CVE-LAST in openssl 1.0" in refusal(shelf, image)[0]


def test_long_list_is_cut_and_says_so(shelf: Any) -> None:
    image = shelf.push()
    shelf.says(image, "scan", [basic(f"CVE-{number}", "HIGH", "bash") for number in range(40)])
    lines = refusal(shelf, image)
    assert len(lines) == 32
    assert lines[-2].endswith("and 10 more")


def test_each_platform_of_an_index_is_judged_and_an_attestation_is_not(shelf: Any) -> None:
    x86, arm, attestation = shelf.push(), shelf.push(), shelf.push()
    shelf.says(attestation, "scan", [basic("CVE-0", "CRITICAL", "openssl")])
    index = shelf.push_index(
        {"linux/amd64": x86, "linux/arm64": arm, "unknown/unknown": attestation}
    )
    assert judge(shelf, index) == [
        f"{shelf.name}@{index}: the scan found nothing (linux/amd64); nothing (linux/arm64), "
        "and nothing above medium"
    ]
    shelf.says(arm, "scan", [basic("CVE-1", "HIGH", "zlib1g")])
    finding, last = refusal(shelf, index)
    assert finding.startswith(f"{shelf.name}@{index} (linux/arm64): high CVE-1")
    assert "has 1 high (linux/arm64):" in last


def test_image_that_is_live_is_told_and_not_stopped(shelf: Any) -> None:
    image = shelf.push()
    shelf.says(image, "scan", [basic("CVE-1", "CRITICAL", "openssl")])
    mark_live(shelf.ecr, shelf.name, image, environment="prod")
    told = judge(shelf, image, signing=True)
    assert any("critical CVE-1 in openssl" in line for line in told)
    assert any("has no signature" in line for line in told)
    assert "is live in prod, so this does not stop it" in told[-1]


def test_live_image_that_is_fine_is_told_like_any_other(shelf: Any) -> None:
    image = shelf.push()
    mark_live(shelf.ecr, shelf.name, image, environment="prod")
    (told,) = judge(shelf, image)
    assert told.endswith("the scan found nothing, and nothing above medium")


@pytest.mark.parametrize(
    ("status", "what_to_do"),
    [
        ("UNSUPPORTED_IMAGE", "choose another base image"),
        ("SCAN_ELIGIBILITY_EXPIRED", "change the service's folder"),
        ("PENDING", "start the pipeline again"),
    ],
)
def test_scan_that_has_not_ended_well_says_what_to_do(
    shelf: Any, status: str, what_to_do: str
) -> None:
    image = shelf.push()
    shelf.says(image, "scan", {"status": status})
    (line,) = refusal(shelf, image)
    assert f"its status is {status}" in line
    assert what_to_do in line


def test_scan_and_signature_that_come_a_moment_after_the_push_are_waited_for(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = shelf.push()
    shelf.says(image, "scan", {"status": "IN_PROGRESS"})
    slept: list[float] = []

    def meanwhile(seconds: float) -> None:
        slept.append(seconds)
        shelf.says(image, "scan", [])
        if len(slept) > 1:
            signed = {"signingProfileArn": PROFILE, "status": "COMPLETE"}
            shelf.says(image, "signing", [signed])

    monkeypatch.setattr(waiting.time, "sleep", meanwhile)
    assert len(judge(shelf, image, signing=True, patience=Patience())) == 2
    assert len(slept) == 2


def test_basic_scan_of_another_day_is_made_again(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = shelf.push()
    shelf.says(image, "scan", {"findings": [], "completed_at": 1_000_000_000})
    slept: list[float] = []

    def meanwhile(seconds: float) -> None:
        slept.append(seconds)
        found = [basic("CVE-NEW", "CRITICAL", "openssl")]
        shelf.says(image, "scan", {"findings": found, "completed_at": 1_000_000_000})

    monkeypatch.setattr(waiting.time, "sleep", meanwhile)
    lines = refusal(shelf, image, patience=Patience())
    assert "critical CVE-NEW in openssl 1.0" in lines[0]
    assert len(slept) == 1
    # Today it is new enough.
    shelf.says(image, "scan", {"findings": [], "completed_at": 1_000_000_000})
    judge(shelf, image, patience=Patience())
    assert len(slept) == 1


def test_image_that_is_not_there_is_refused(shelf: Any) -> None:
    assert refusal(shelf, f"sha256:{'0' * 64}")


def test_signed_image_passes_and_its_profile_is_told(shelf: Any) -> None:
    image = shelf.push()
    shelf.says(image, "signing", [{"signingProfileArn": PROFILE, "status": "COMPLETE"}])
    assert judge(shelf, image, signing=True)[-1].endswith("is signed with shop_images")


def test_signature_that_notation_put_there_counts(shelf: Any) -> None:
    image = shelf.push()
    shelf.ecr.put_image(
        repositoryName=shelf.name,
        imageManifest=(
            '{"schemaVersion": 2, "config": {"mediaType": '
            '"application/vnd.cncf.notary.signature"}, "layers": [], '
            f'"subject": {{"digest": "{image}"}}}}'
        ),
        imageManifestMediaType="application/vnd.oci.image.manifest.v1+json",
    )
    assert judge(shelf, image, signing=True)[-1].endswith("has a signature of Notation's")


@pytest.mark.parametrize(
    "statuses", [[], [{"signingProfileArn": PROFILE, "status": "IN_PROGRESS"}]]
)
def test_image_without_a_signature_is_refused(shelf: Any, statuses: Any) -> None:
    image = shelf.push()
    shelf.says(image, "signing", statuses)
    (line,) = refusal(shelf, image, signing=True)
    assert "has no signature" in line
    assert f"--image-ids imageDigest={image}" in line


def test_signing_that_failed_says_what_the_pusher_lacks(shelf: Any) -> None:
    image = shelf.push()
    failed = {
        "signingProfileArn": PROFILE,
        "status": "FAILED",
        "failureCode": "ACCESS_DENIED",
        "failureReason": "Not authorized.",
    }
    shelf.says(image, "signing", [failed])
    (line,) = refusal(shelf, image, signing=True)
    assert f"needs signer:SignPayload on {PROFILE}" in line
    assert "ACCESS_DENIED: Not authorized. Whoever" in line


def test_both_what_was_found_and_what_is_missing_is_told(shelf: Any) -> None:
    image = shelf.push()
    shelf.says(image, "scan", [basic("CVE-1", "HIGH", "bash")])
    lines = refusal(shelf, image, signing=True)
    assert len(lines) == 3
    assert "has no signature" in lines[-1]


def test_where_nothing_is_signed_no_signature_is_asked_for(shelf: Any) -> None:
    assert len(judge(shelf, shelf.push())) == 1
