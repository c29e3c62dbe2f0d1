"""Documents beside an image, in the registry of the local AWS."""

import dataclasses
import hashlib
import json
import urllib.request
from datetime import timedelta
from typing import Any

import pytest

from pipeline.errors import PipelineError
from pipeline.images.referrers import Document, attach, find, referrers, tag_of

SBOM = Document(kind="sbom", media_type="application/vnd.cyclonedx+json", content=b'{"a": 1}')


def manifest_of(shelf: Any, digest: str) -> dict[str, Any]:
    found = shelf.ecr.batch_get_image(repositoryName=shelf.name, imageIds=[{"imageDigest": digest}])
    content: dict[str, Any] = json.loads(found["images"][0]["imageManifest"])
    return content


def read(local_aws: Any, shelf: Any, digest: str) -> bytes:
    """Read a layer as a client of the registry does."""
    data = shelf.ecr.get_authorization_token()["authorizationData"][0]
    request = urllib.request.Request(
        f"{local_aws.endpoint}/v2/{shelf.name}/blobs/{digest}",
        headers={"Authorization": f"Basic {data['authorizationToken']}"},
    )
    with urllib.request.urlopen(request) as answer:
        content: bytes = answer.read()
    return content


def test_document_is_listed_with_the_image_and_can_be_read(shelf: Any, local_aws: Any) -> None:
    image = shelf.push()
    attached = attach(shelf.ecr, shelf.name, image, SBOM)
    (listed,) = referrers(shelf.ecr, shelf.name, image)
    assert (listed.digest, listed.artifact_type) == (attached, SBOM.media_type)
    manifest = manifest_of(shelf, attached)
    assert manifest["subject"]["digest"] == image
    assert manifest["config"]["mediaType"] == "application/vnd.oci.empty.v1+json"
    (layer,) = manifest["layers"]
    assert layer["size"] == len(SBOM.content)
    assert read(local_aws, shelf, layer["digest"]) == SBOM.content


def test_document_larger_than_a_part_arrives_whole(shelf: Any, local_aws: Any) -> None:
    large = dataclasses.replace(SBOM, content=b"0123456789" * 2_500_000)
    attached = attach(shelf.ecr, shelf.name, shelf.push(), large)
    (layer,) = manifest_of(shelf, attached)["layers"]
    content = read(local_aws, shelf, layer["digest"])
    assert hashlib.sha256(content).digest() == hashlib.sha256(large.content).digest()


def test_document_stays_as_it_was_first_attached(shelf: Any) -> None:
    image = shelf.push()
    first = attach(shelf.ecr, shelf.name, image, SBOM)
    other = dataclasses.replace(SBOM, content=b'{"another": "one"}')
    assert attach(shelf.ecr, shelf.name, image, other) == first
    assert [each.digest for each in referrers(shelf.ecr, shelf.name, image)] == [first]


def test_document_has_a_tag_so_that_no_rule_for_untagged_images_takes_it(shelf: Any) -> None:
    image = shelf.push()
    attached = attach(shelf.ecr, shelf.name, image, SBOM)
    assert shelf.tags(attached) == {f"sbom-{image.removeprefix('sha256:')}"}


def test_documents_of_several_kinds_stand_beside_each_other(shelf: Any) -> None:
    image, other = shelf.push(), shelf.push()
    statement = Document(
        kind="provenance", media_type="application/vnd.in-toto+json", content=b"{}"
    )
    attached = {attach(shelf.ecr, shelf.name, image, each) for each in (SBOM, statement)}
    attach(shelf.ecr, shelf.name, other, SBOM)
    assert {each.digest for each in referrers(shelf.ecr, shelf.name, image)} == attached
    for document in (SBOM, statement):
        found = find(shelf.ecr, shelf.name, image, document.kind, document.media_type)
        assert found in attached


def test_image_without_a_document_has_none(shelf: Any) -> None:
    assert find(shelf.ecr, shelf.name, shelf.push(), SBOM.kind, SBOM.media_type) is None


def test_nothing_is_attached_to_an_image_that_is_not_there(shelf: Any) -> None:
    with pytest.raises(PipelineError, match="is not in the registry: build it again"):
        attach(shelf.ecr, shelf.name, f"sha256:{'0' * 64}", SBOM)


def test_tag_that_something_else_has_is_told(shelf: Any) -> None:
    image = shelf.push()
    shelf.push(tag_of("sbom", image))
    with pytest.raises(PipelineError, match="something else has the tag sbom-"):
        attach(shelf.ecr, shelf.name, image, SBOM, within=timedelta())


def test_repository_that_is_not_there_is_told(shelf: Any) -> None:
    with pytest.raises(PipelineError, match=r"^There is no repository shop/unknown: deploy"):
        attach(shelf.ecr, "shop/unknown", f"sha256:{'0' * 64}", SBOM)
