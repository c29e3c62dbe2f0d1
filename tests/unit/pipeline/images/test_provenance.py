import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.images.image import Build
from pipeline.images.provenance import BY_HAND, source_of, statement
from slipway.settings.pipeline import Host, Pipeline

BUILD = Build(
    service="storefront",
    repository="shop/storefront",
    digest="sha256:" + "a" * 64,
    architecture="arm64",
    fingerprint="0123456789abcdef",
    base_images=(
        f"public.ecr.aws/docker/library/python:3.13@sha256:{'b' * 64}",
        "example.org/unpinned:1",
    ),
    build_arguments={"VERSION": "1"},
    build_id="run-1",
    source="https://github.com/example/shop",
    revision="c" * 40,
    started=datetime(2026, 11, 21, 20, 0, 1, 999, tzinfo=UTC),
    finished=datetime(2026, 11, 21, 20, 3, tzinfo=UTC),
)
ARN = "arn:aws:codebuild:eu-west-1:111111111111:build/shop-pipeline-images-arm64:run-1"


def written(build: Build = BUILD, **environment: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(statement(build, environment=environment))
    return content


def pipeline(**host: str) -> Pipeline:
    return Pipeline(host=Host.model_validate(host), repository="example/shop")


def test_statement_is_about_the_image_of_this_digest() -> None:
    content = written()
    assert content["_type"] == "https://in-toto.io/Statement/v1"
    assert content["predicateType"] == "https://slsa.dev/provenance/v1"
    assert content["subject"] == [{"name": "shop/storefront", "digest": {"sha256": "a" * 64}}]


def test_parameters_are_all_that_the_image_was_asked_to_be() -> None:
    definition = written()["predicate"]["buildDefinition"]
    assert definition["externalParameters"] == {
        "repository": "https://github.com/example/shop",
        "path": "services/storefront",
        "service": "storefront",
        "architecture": "arm64",
        "baseImages": list(BUILD.base_images),
        "buildArguments": {"VERSION": "1"},
    }
    assert definition["internalParameters"] == {"fingerprint": "0123456789abcdef"}


def test_commit_and_base_images_are_named_by_their_digests() -> None:
    source, pinned, unpinned = written()["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert source == {
        "name": "source",
        "uri": "git+https://github.com/example/shop",
        "digest": {"gitCommit": "c" * 40},
    }
    assert pinned["name"] == "public.ecr.aws/docker/library/python:3.13"
    assert pinned["digest"] == {"sha256": "b" * 64}
    assert "digest" not in unpinned


def test_unknown_commit_is_left_out() -> None:
    content = written(dataclasses.replace(BUILD, revision=None, base_images=()))
    assert content["predicate"]["buildDefinition"]["resolvedDependencies"] == []


@pytest.mark.parametrize("source", [None, "example/shop"])
def test_commit_of_an_unknown_host_has_no_address(source: str | None) -> None:
    content = written(dataclasses.replace(BUILD, source=source, base_images=()))
    (dependency,) = content["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert dependency == {"name": "source", "digest": {"gitCommit": "c" * 40}}


def test_builder_is_the_project_of_codebuild_and_the_run_is_its_build() -> None:
    details = written(CODEBUILD_BUILD_ARN=ARN)["predicate"]["runDetails"]
    project = "arn:aws:codebuild:eu-west-1:111111111111:project/shop-pipeline-images-arm64"
    assert details["builder"] == {"id": project}
    assert details["metadata"] == {
        "invocationId": ARN,
        "startedOn": "2026-11-21T20:00:01Z",
        "finishedOn": "2026-11-21T20:03:00Z",
    }


def test_build_of_a_person_s_machine_does_not_pretend_to_be_codebuild_s() -> None:
    details = written()["predicate"]["runDetails"]
    assert details["builder"] == {"id": BY_HAND}
    assert details["metadata"]["invocationId"] == "run-1"


@pytest.mark.parametrize(
    ("provider", "address"),
    [
        ("github", "https://github.com/example/shop"),
        ("gitlab", "https://gitlab.com/example/shop"),
        ("bitbucket", "https://bitbucket.org/example/shop"),
    ],
)
def test_source_is_the_repository_at_its_host(provider: str, address: str) -> None:
    assert source_of(pipeline(provider=provider)) == address


def test_source_behind_a_connection_has_no_known_host() -> None:
    arn = "arn:aws:codeconnections:eu-west-1:111111111111:connection/1"
    assert source_of(pipeline(connection=arn)) == "example/shop"


def test_without_a_pipeline_no_source_is_known() -> None:
    assert source_of(None) is None
