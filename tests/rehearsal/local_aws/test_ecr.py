"""Images in the registry, and what a scan says about them."""

import hashlib
import json

import pytest

MANIFEST = json.dumps({"schemaVersion": 2, "config": {"digest": "any"}})
DIGEST = hashlib.sha256(MANIFEST.encode()).hexdigest()


@pytest.fixture(scope="module")
def ecr(local_aws):
    client = local_aws.client("ecr")
    client.create_repository(repositoryName="scanned")
    client.put_image(repositoryName="scanned", imageManifest=MANIFEST, imageTag="build-1")
    return client


def test_image_is_named_by_the_digest_of_its_manifest(ecr):
    (image,) = ecr.describe_images(repositoryName="scanned")["imageDetails"]
    assert image["imageDigest"] == f"sha256:{DIGEST}"


def test_scan_finds_what_the_image_says(ecr, local_aws):
    image_id = {"imageDigest": f"sha256:{DIGEST}"}
    clean = ecr.describe_image_scan_findings(repositoryName="scanned", imageId=image_id)
    assert clean["imageScanStatus"]["status"] == "COMPLETE"
    assert clean["imageScanFindings"]["findings"] == []
    directory = local_aws.images / DIGEST
    directory.mkdir()
    finding = {"name": "CVE-2000-0001", "severity": "CRITICAL"}
    (directory / "scan.json").write_text(json.dumps([finding]))
    found = ecr.describe_image_scan_findings(repositoryName="scanned", imageId=image_id)
    assert found["imageScanFindings"]["findingSeverityCounts"] == {"CRITICAL": 1}


def test_scan_of_an_unknown_image_is_refused(ecr):
    with pytest.raises(ecr.exceptions.ImageNotFoundException):
        ecr.describe_image_scan_findings(
            repositoryName="scanned", imageId={"imageDigest": f"sha256:{'0' * 64}"}
        )


def test_signature_is_listed_with_the_image_that_it_refers_to(ecr):
    signature = json.dumps(
        {
            "schemaVersion": 2,
            "artifactType": "application/vnd.cncf.notary.signature",
            "subject": {"digest": f"sha256:{DIGEST}"},
            "annotations": {"io.cncf.notary.x509chain.thumbprint#S256": "[]"},
        }
    )
    subject = {"imageDigest": f"sha256:{DIGEST}"}
    before = ecr.list_image_referrers(repositoryName="scanned", subjectId=subject)
    assert before["referrers"] == []
    ecr.put_image(
        repositoryName="scanned",
        imageManifest=signature,
        imageManifestMediaType="application/vnd.oci.image.manifest.v1+json",
    )
    answer = ecr.list_image_referrers(repositoryName="scanned", subjectId=subject)
    (referrer,) = answer["referrers"]
    assert referrer["artifactType"] == "application/vnd.cncf.notary.signature"
    assert referrer["digest"] == f"sha256:{hashlib.sha256(signature.encode()).hexdigest()}"
    other = ecr.list_image_referrers(
        repositoryName="scanned", subjectId=subject, filter={"artifactTypes": ["another"]}
    )
    assert other["referrers"] == []


def test_referrers_in_an_unknown_repository_are_refused(ecr):
    with pytest.raises(ecr.exceptions.RepositoryNotFoundException):
        ecr.list_image_referrers(
            repositoryName="unknown", subjectId={"imageDigest": f"sha256:{DIGEST}"}
        )
