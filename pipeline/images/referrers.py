"""Documents beside an image in Amazon ECR: OCI artifacts that name it as their subject.

A document has a tag of its own, ``<kind>-<64 hexadecimal digits of the image's digest>``, for two
reasons. Tags of the registry are immutable, so that a document can be attached once and is never
replaced by another. And the registry expires what has no tag after a week: AWS documents that a
referrer goes when its subject goes, and does not say that the rule leaves it alone until then.

https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidelines-for-artifact-usage
https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-signing.html ("Considerations")
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pipeline.errors import PipelineError
from pipeline.images.repository import OCI_MANIFEST, Repository
from pipeline.images.waiting import until
from slipway.release.errors import aws_errors

# An artifact has no configuration; the specification gives these two bytes for it.
_EMPTY = b"{}"
_EMPTY_TYPE = "application/vnd.oci.empty.v1+json"


@dataclass(frozen=True, kw_only=True)
class Document:
    """What is attached to an image.

    Attributes
    ----------
    kind
        What its tag begins with, such as ``sbom``.
    media_type
        Of the content; it is the type of the artifact, too.
    content
        The document itself.
    """

    kind: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Referrer:
    """An artifact that refers to an image, as the registry lists it."""

    digest: str
    artifact_type: str


def attach(
    ecr: Any,
    repository: str,
    digest: str,
    document: Document,
    *,
    within: timedelta = timedelta(seconds=30),
) -> str:
    """Attach a document to an image; if it has one of this kind already, that one stays.

    Parameters
    ----------
    ecr
        The boto3 client of the registry's account.
    repository
        Such as ``shop/storefront``.
    digest
        The image's.
    document
        What is attached.
    within
        How long the registry may take to list it.

    Returns
    -------
    str
        The digest of the artifact's manifest.

    Raises
    ------
    PipelineError
        The image isn't there, or the registry doesn't list the document with it.
    AwsError
        The registry refuses.
    """
    tag = tag_of(document.kind, digest)
    with aws_errors(f"attach the {document.kind} of {repository}@{digest}"):
        subject = _subject(ecr, repository, digest)
        for blob in (_EMPTY, document.content):
            _upload(ecr, repository, blob)
        # Another run may have attached one meanwhile; or this one, before it was interrupted.
        with contextlib.suppress(
            ecr.exceptions.ImageTagAlreadyExistsException,
            ecr.exceptions.ImageAlreadyExistsException,
        ):
            ecr.put_image(
                repositoryName=repository,
                imageManifest=_manifest(subject, document),
                imageManifestMediaType=OCI_MANIFEST,
                imageTag=tag,
            )
    attached: list[str] = []

    def listed() -> bool:
        found = find(ecr, repository, digest, document.kind, document.media_type)
        attached.extend([found] if found else [])
        return bool(found)

    if not until(within, listed):
        raise PipelineError(
            f"{repository}@{digest}: its {document.kind} is not listed with it; something else has "
            f"the tag {tag}: delete that, and run the step again"
        )
    return attached[0]


def find(ecr: Any, repository: str, digest: str, kind: str, media_type: str) -> str | None:
    """Return the digest of an image's document of a kind; None where the registry lists none."""
    tag = tag_of(kind, digest)
    with aws_errors(f"look for the {kind} of {repository}@{digest}"):
        tagged = Repository(ecr, repository).find(tag)
        if tagged is None:
            return None
        listed = {
            each.digest
            for each in referrers(ecr, repository, digest)
            if each.artifact_type == media_type
        }
    return tagged.digest if tagged.digest in listed else None


def tag_of(kind: str, digest: str) -> str:
    """Return the tag of an image's document: ``sbom-…``."""
    return f"{kind}-{digest.removeprefix('sha256:')}"


def referrers(ecr: Any, repository: str, digest: str) -> Iterator[Referrer]:
    """List what refers to an image.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html
    """
    request = {"repositoryName": repository, "subjectId": {"imageDigest": digest}}
    while True:
        answer = ecr.list_image_referrers(**request)
        for each in answer.get("referrers", ()):
            yield Referrer(each["digest"], each.get("artifactType", ""))
        if not answer.get("nextToken"):
            return
        request["nextToken"] = answer["nextToken"]


def _manifest(subject: dict[str, Any], document: Document) -> str:
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": document.media_type,
            "config": _descriptor(_EMPTY_TYPE, _EMPTY),
            "layers": [_descriptor(document.media_type, document.content)],
            "subject": subject,
        }
    )


def _subject(ecr: Any, repository: str, digest: str) -> dict[str, Any]:
    image = Repository(ecr, repository).find_digest(digest)
    if image is None:
        raise PipelineError(f"{repository}@{digest} is not in the registry: build it again")
    return {"mediaType": image.media_type, "digest": digest, "size": len(image.manifest.encode())}


def _descriptor(media_type: str, blob: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": _digest(blob), "size": len(blob)}


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _upload(ecr: Any, repository: str, blob: bytes) -> None:
    """Bring a layer into a repository, in parts of the size that the registry asks for."""
    digest = _digest(blob)
    there = ecr.batch_check_layer_availability(repositoryName=repository, layerDigests=[digest])
    if any(each.get("layerAvailability") == "AVAILABLE" for each in there["layers"]):
        return
    upload = ecr.initiate_layer_upload(repositoryName=repository)
    for first in range(0, len(blob), upload["partSize"]):
        part = blob[first : first + upload["partSize"]]
        ecr.upload_layer_part(
            repositoryName=repository,
            uploadId=upload["uploadId"],
            partFirstByte=first,
            partLastByte=first + len(part) - 1,
            layerPartBlob=part,
        )
    with contextlib.suppress(ecr.exceptions.LayerAlreadyExistsException):
        ecr.complete_layer_upload(
            repositoryName=repository, uploadId=upload["uploadId"], layerDigests=[digest]
        )
