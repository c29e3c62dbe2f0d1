"""What the registry makes of the pipeline's tags and indexes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.images.repository import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    RegisteredImage,
    Repository,
    RepositoryMissingError,
)


@pytest.fixture
def repository(project: Any) -> Repository:
    project.add_repository("storefront")
    return Repository(project.ecr, f"{project.application}/storefront")


def put(repository: Repository, project: Any, name: str, media_type: str) -> RegisteredImage:
    manifest = json.dumps({"schemaVersion": 2, "mediaType": media_type, "annotations": {"a": name}})
    project.ecr.put_image(
        repositoryName=repository.name,
        imageManifest=manifest,
        imageManifestMediaType=media_type,
        imageTag=name,
    )
    image = repository.find(name)
    assert image is not None
    return image


@pytest.mark.parametrize(
    ("one", "other", "index"),
    [
        (OCI_MANIFEST, OCI_MANIFEST, OCI_INDEX),
        (DOCKER_MANIFEST, DOCKER_MANIFEST, DOCKER_INDEX),
        (OCI_MANIFEST, DOCKER_MANIFEST, DOCKER_INDEX),
    ],
)
def test_an_index_is_of_the_kind_that_its_images_are_of(
    repository: Repository, project: Any, one: str, other: str, index: str
) -> None:
    images = {
        "x86_64": put(repository, project, "one", one),
        "arm64": put(repository, project, "other", other),
    }
    made = repository.put_index(images, "source-1")
    found = repository.find("source-1")
    assert found == made
    assert found.media_type == index
    assert found.platforms == {
        "linux/amd64": images["x86_64"].digest,
        "linux/arm64": images["arm64"].digest,
    }
    assert [entry["mediaType"] for entry in json.loads(found.manifest)["manifests"]] == [other, one]


def test_an_index_that_is_there_is_put_again_without_a_change(
    repository: Repository, project: Any
) -> None:
    one = put(repository, project, "one", OCI_MANIFEST)
    other = put(repository, project, "other", OCI_MANIFEST)
    first = repository.put_index({"x86_64": one, "arm64": other}, "source-1")
    assert repository.put_index({"arm64": other, "x86_64": one}, "source-1") == first


def test_who_comes_second_gets_the_image_that_has_the_tag(
    repository: Repository, project: Any
) -> None:
    one, other = (put(repository, project, name, OCI_MANIFEST) for name in ("one", "other"))
    assert repository.tag(one, "source-1") == one
    assert repository.tag(one, "source-1") == one
    assert repository.tag(other, "source-1") == one


def test_a_tag_that_nobody_has_is_not_found(repository: Repository) -> None:
    assert repository.find("source-1") is None


def test_a_repository_that_is_not_there_is_told(project: Any) -> None:
    with pytest.raises(RepositoryMissingError, match=r"^There is no repository a/b: deploy the"):
        Repository(project.ecr, "a/b").find("source-1")
