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


def test_layer_that_is_uploaded_in_parts_is_there_under_its_digest(ecr):
    parts = [b"first part, ", b"second part"]
    digest = f"sha256:{hashlib.sha256(b''.join(parts)).hexdigest()}"
    layers = {"repositoryName": "scanned", "layerDigests": [digest]}
    (before,) = ecr.batch_check_layer_availability(**layers)["layers"]
    assert before["layerAvailability"] == "UNAVAILABLE"
    upload = begin(ecr)
    first = 0
    for part in parts:
        answer = send(ecr, upload, first, part)
        first = answer["lastByteReceived"] + 1
    assert complete(ecr, upload, digest)["layerDigest"] == digest
    (after,) = ecr.batch_check_layer_availability(**layers)["layers"]
    assert after["layerAvailability"] == "AVAILABLE"
    again = begin(ecr)
    send(ecr, again, 0, b"".join(parts))
    with pytest.raises(ecr.exceptions.LayerAlreadyExistsException):
        complete(ecr, again, digest)


def test_upload_that_does_not_fit_together_is_refused(ecr):
    upload = begin(ecr)
    with pytest.raises(ecr.exceptions.EmptyUploadException):
        complete(ecr, upload, f"sha256:{'0' * 64}")
    send(ecr, upload, 0, b"begin")
    with pytest.raises(ecr.exceptions.InvalidLayerPartException):
        send(ecr, upload, 7, b"a gap before it")
    with pytest.raises(ecr.exceptions.InvalidLayerException):
        complete(ecr, upload, f"sha256:{'0' * 64}")
    unknown = "00000000-0000-0000-0000-000000000000"
    with pytest.raises(ecr.exceptions.UploadNotFoundException):
        send(ecr, unknown, 0, b"x")
    with pytest.raises(ecr.exceptions.UploadNotFoundException):
        complete(ecr, unknown, f"sha256:{'0' * 64}")


def test_layers_of_an_unknown_repository_are_refused(ecr):
    missing = ecr.exceptions.RepositoryNotFoundException
    with pytest.raises(missing):
        begin(ecr, "unknown")
    with pytest.raises(missing):
        send(ecr, "any", 0, b"x", "unknown")
    with pytest.raises(missing):
        complete(ecr, "any", DIGEST, "unknown")
    with pytest.raises(missing):
        ecr.batch_check_layer_availability(repositoryName="unknown", layerDigests=[DIGEST])


def test_artifact_whose_layers_are_not_there_is_refused(ecr):
    digest = f"sha256:{'0' * 64}"
    artifact = {"schemaVersion": 2, "artifactType": "any", "layers": [{"digest": digest}]}
    with pytest.raises(ecr.exceptions.LayersNotFoundException):
        ecr.put_image(repositoryName="scanned", imageManifest=json.dumps(artifact))


def test_signing_is_what_the_image_says(ecr, local_aws):
    image = {"repositoryName": "scanned", "imageId": {"imageDigest": f"sha256:{DIGEST}"}}
    assert ecr.describe_image_signing_status(**image)["signingStatuses"] == []
    status = {"signingProfileArn": "arn:aws:signer:any:any:/signing-profiles/any"}
    directory = local_aws.images / DIGEST
    directory.mkdir(exist_ok=True)
    (directory / "signing.json").write_text(json.dumps([{**status, "status": "COMPLETE"}]))
    answer = ecr.describe_image_signing_status(**image)
    assert answer["signingStatuses"] == [{**status, "status": "COMPLETE"}]
    with pytest.raises(ecr.exceptions.ImageNotFoundException):
        ecr.describe_image_signing_status(
            repositoryName="scanned", imageId={"imageDigest": f"sha256:{'0' * 64}"}
        )
    with pytest.raises(ecr.exceptions.RepositoryNotFoundException):
        ecr.describe_image_signing_status(**{**image, "repositoryName": "unknown"})


def test_image_is_scanned_once_a_day(ecr):
    image = {"repositoryName": "scanned", "imageId": {"imageDigest": f"sha256:{DIGEST}"}}
    with pytest.raises(ecr.exceptions.LimitExceededException):
        ecr.start_image_scan(**image)


def begin(ecr, repository="scanned"):
    return ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]


def send(ecr, upload, first, part, repository="scanned"):
    return ecr.upload_layer_part(
        repositoryName=repository,
        uploadId=upload,
        partFirstByte=first,
        partLastByte=first + len(part) - 1,
        layerPartBlob=part,
    )


def complete(ecr, upload, digest, repository="scanned"):
    return ecr.complete_layer_upload(
        repositoryName=repository, uploadId=upload, layerDigests=[digest]
    )
