"""The registry that a container engine pushes to, over HTTP."""

from __future__ import annotations

import base64
import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from slipway.rehearsal.connection import Account, Connection

OCI = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
PLACE = Account("222222222222", "eu-west-1")

Ask = Callable[..., tuple[int, bytes, Any]]


@pytest.fixture
def ecr(local_aws: Any) -> Any:
    return Connection(local_aws.endpoint, PLACE).client("ecr")


@pytest.fixture
def repository(ecr: Any) -> Any:
    ecr.create_repository(repositoryName="pushed/to", imageTagMutability="IMMUTABLE")
    yield "pushed/to"
    ecr.delete_repository(repositoryName="pushed/to", force=True)


@pytest.fixture
def ask(ecr: Any) -> Ask:
    """Ask the registry over HTTP, with the token of the account or without."""
    data = ecr.get_authorization_token()["authorizationData"][0]
    address = data["proxyEndpoint"].replace("https://", "http://")

    def ask(
        method: str, path: str, body: bytes | None = None, *, known: bool = True
    ) -> tuple[int, bytes, Any]:
        request = urllib.request.Request(f"{address}/v2/{path}", body, method=method)
        request.add_header("Content-Type", OCI)
        if known:
            request.add_header("Authorization", f"Basic {data['authorizationToken']}")
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read(), error.headers

    return ask


def manifest(name: str) -> bytes:
    return json.dumps({"schemaVersion": 2, "mediaType": OCI, "annotations": {"a": name}}).encode()


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_nobody_pushes_without_a_token(ask: Ask, repository: str) -> None:
    for path in ("", f"{repository}/manifests/build-1"):
        code, _, headers = ask("GET", path, known=False)
        assert code == 401
        assert headers["WWW-Authenticate"].startswith("Basic ")
    assert ask("GET", "")[0] == 200


def test_what_is_pushed_is_in_the_repository_of_the_token_s_account(
    ask: Ask, ecr: Any, repository: str
) -> None:
    assert ask("PUT", f"{repository}/manifests/build-1", manifest("one"))[0] == 201
    (image,) = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": "build-1"}])[
        "images"
    ]
    assert image["imageManifest"].encode() == manifest("one")
    assert image["imageManifestMediaType"] == OCI


def test_a_tag_that_is_immutable_is_pushed_once(ask: Ask, repository: str) -> None:
    path = f"{repository}/manifests/build-1"
    assert ask("PUT", path, manifest("one"))[0] == 201
    assert ask("PUT", path, manifest("one"))[0] == 201
    code, said, _ = ask("PUT", path, manifest("two"))
    assert code == 400
    assert json.loads(said)["errors"][0]["code"] == "TAG_INVALID"


def test_an_index_that_was_put_is_pulled_by_its_digest(ask: Ask, ecr: Any, repository: str) -> None:
    ask("PUT", f"{repository}/manifests/build-1", manifest("one"))
    index = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [{"mediaType": OCI, "digest": digest(manifest("one")), "size": 1}],
        }
    )
    ecr.put_image(repositoryName=repository, imageManifest=index, imageTag="source-1")
    code, pulled, headers = ask("GET", f"{repository}/manifests/{digest(index.encode())}")
    assert (code, pulled) == (200, index.encode())
    assert headers["Content-Type"] == OCI_INDEX


def test_an_image_has_as_many_tags_as_it_is_put_with(ask: Ask, ecr: Any, repository: str) -> None:
    ask("PUT", f"{repository}/manifests/build-1", manifest("one"))
    again = {
        "repositoryName": repository,
        "imageManifest": manifest("one").decode(),
        "imageTag": "source-1",
    }
    ecr.put_image(**again)
    (image,) = ecr.describe_images(repositoryName=repository)["imageDetails"]
    assert sorted(image["imageTags"]) == ["build-1", "source-1"]
    with pytest.raises(ecr.exceptions.ImageAlreadyExistsException):
        ecr.put_image(**again)
    with pytest.raises(ecr.exceptions.ImageTagAlreadyExistsException):
        ecr.put_image(**{**again, "imageManifest": manifest("two").decode()})


def test_the_token_is_of_the_user_that_amazon_ecr_has(ecr: Any) -> None:
    data = ecr.get_authorization_token()["authorizationData"][0]
    assert base64.b64decode(data["authorizationToken"]).decode().startswith("AWS:")
