"""What Amazon ECR refuses to take, and whom it knows."""

import base64
import hashlib
import json
from typing import Any

import pytest

from slipway.local_aws.ecr_registry import FILTERS, may_move, media_type_of, refusal, scope_of

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = '{"schemaVersion": 2}'
DIGEST = f"sha256:{hashlib.sha256(MANIFEST.encode()).hexdigest()}"
OTHER = "sha256:" + "0" * 64
EXCLUSION = {
    "repositoryName": "shop",
    "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
    FILTERS: [{"filterType": "WILDCARD", "filter": "live-*"}],
}


def image(digest: str, *tags: str) -> dict[str, Any]:
    return {"imageDigest": digest, "imageTags": list(tags)}


@pytest.mark.parametrize(
    ("images", "request_", "code"),
    [
        ([], {"imageTag": "build-1"}, None),
        ([], {}, None),
        ([image(DIGEST, "build-1")], {"imageTag": "source-1"}, None),
        ([image(OTHER, "live-dev")], {"imageTag": "live-dev"}, None),
        ([image(DIGEST, "build-1")], {"imageTag": "build-1"}, "ImageAlreadyExistsException"),
        ([image(DIGEST)], {}, "ImageAlreadyExistsException"),
        ([image(OTHER, "build-1")], {"imageTag": "build-1"}, "ImageTagAlreadyExistsException"),
        ([], {"imageDigest": OTHER}, "ImageDigestDoesNotMatchException"),
    ],
)
def test_put_image_refuses_what_amazon_ecr_does(
    images: list[dict[str, Any]], request_: dict[str, str], code: str | None
) -> None:
    refused = refusal(EXCLUSION, images, {"imageManifest": MANIFEST, **request_})
    assert (refused[0] if refused else None) == code


def test_an_index_names_images_that_are_there() -> None:
    index = json.dumps({"mediaType": OCI_INDEX, "manifests": [{"digest": OTHER}]})
    request = {"imageManifest": index, "imageManifestMediaType": OCI_INDEX}
    assert refusal(EXCLUSION, [image(OTHER)], request) is None
    refused = refusal(EXCLUSION, [], request)
    assert refused is not None
    assert refused[0] == "ReferencedImagesNotFoundException"


@pytest.mark.parametrize(
    ("mutability", "tag", "moves"),
    [
        ("MUTABLE", "build-1", True),
        ("IMMUTABLE", "live-dev", False),
        ("IMMUTABLE_WITH_EXCLUSION", "live-dev", True),
        ("IMMUTABLE_WITH_EXCLUSION", "build-live-1", False),
    ],
)
def test_only_some_tags_move(mutability: str, tag: str, moves: bool) -> None:
    assert may_move({**EXCLUSION, "imageTagMutability": mutability}, tag) is moves


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        ({"imageManifestMediaType": "a", "imageManifest": '{"mediaType": "b"}'}, "a"),
        ({"imageManifest": '{"mediaType": "b"}'}, "b"),
        ({"imageManifest": "no JSON"}, "application/vnd.docker.distribution.manifest.v2+json"),
    ],
)
def test_a_manifest_is_what_the_request_or_it_says(request_: dict[str, str], kind: str) -> None:
    assert media_type_of(request_) == kind


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    ("authorization", "scope"),
    [
        (basic("AWS:local:111111111111:eu-west-1"), ("111111111111", "eu-west-1")),
        (basic("me:local:111111111111:eu-west-1"), None),
        (basic("AWS:something"), None),
        ("Basic §", None),
        ("Bearer local", None),
        ("", None),
    ],
)
def test_a_token_is_of_one_account_and_region(
    authorization: str, scope: tuple[str, str] | None
) -> None:
    assert scope_of(authorization) == scope
