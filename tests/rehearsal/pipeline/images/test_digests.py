"""The digests that synthesis reads: of one image for each service, whatever it runs on."""

from __future__ import annotations

import json
from typing import Any

import pytest

OUTPUT = ("--output", "build/images.json")
BOTH = "build:\n  architectures: [x86_64, arm64]\n"


@pytest.fixture
def storefront(project: Any) -> Any:
    """A service whose image is built for two processors."""
    project.add_service("storefront", settings=BOTH)
    return project


def build_both(project: Any) -> None:
    for architecture in ("x86_64", "arm64"):
        step = project.build(architecture)
        assert step.code == 0, step.errors


def test_an_image_for_one_architecture_is_named_itself(project: Any) -> None:
    project.add_service("storefront")
    project.build()
    step = project.run("images", "built", *OUTPUT)
    assert step.code == 0, step.errors
    assert project.digests() == {"storefront": project.built()["images"]["storefront"]["digest"]}


def test_images_for_two_architectures_are_named_by_an_index(storefront: Any) -> None:
    build_both(storefront)
    step = storefront.run("images", "built", *OUTPUT)
    assert step.code == 0, step.errors
    digest = storefront.digests()["storefront"]
    fingerprint = storefront.built()["images"]["storefront"]["fingerprint"]
    assert storefront.tags("storefront")[digest] == [f"source-{fingerprint}"]
    found = storefront.ecr.batch_get_image(
        repositoryName=f"{storefront.application}/storefront", imageIds=[{"imageDigest": digest}]
    )
    index = json.loads(found["images"][0]["imageManifest"])
    assert {entry["platform"]["architecture"]: entry["digest"] for entry in index["manifests"]} == {
        "amd64": storefront.built("x86_64")["images"]["storefront"]["digest"],
        "arm64": storefront.built("arm64")["images"]["storefront"]["digest"],
    }


def test_the_same_images_have_the_same_index(storefront: Any) -> None:
    build_both(storefront)
    storefront.run("images", "built", *OUTPUT)
    first = storefront.digests()
    build_both(storefront)
    step = storefront.run("images", "built", *OUTPUT)
    assert step.code == 0, step.errors
    assert storefront.digests() == first
    assert len(storefront.tags("storefront")) == 3


def test_a_service_that_waits_has_no_digest_yet(project: Any) -> None:
    project.add_service("storefront")
    project.add_service("search", repository=False)
    project.build()
    step = project.run("images", "built", *OUTPUT)
    assert step.code == 0, step.errors
    assert "search has no image yet" in step.said
    digests = project.digests()
    assert digests.pop("search") is None, "synthesis is told that it comes later"
    assert list(digests) == ["storefront"]


def test_a_missing_architecture_is_one_line_and_leaves_the_digests_as_they_were(
    storefront: Any,
) -> None:
    (storefront.folder / "build").mkdir()
    (storefront.folder / "build" / "images.json").write_text("{}")
    storefront.build("x86_64")
    step = storefront.run("images", "built", *OUTPUT)
    assert step.code == 1
    (line,) = step.errors
    assert line.startswith("storefront has no image for arm64: run python -m pipeline build")
    assert storefront.digests() == {}


def test_images_of_different_commits_are_not_joined(storefront: Any) -> None:
    storefront.build("x86_64")
    (storefront.folder / "services" / "storefront" / "app.py").write_text("print('changed')\n")
    storefront.build("arm64")
    step = storefront.run("images", "built", *OUTPUT)
    assert step.code == 1
    assert step.errors[0].startswith("The images of storefront are made of different sources")


def test_an_image_that_is_gone_from_the_registry_is_not_named(storefront: Any) -> None:
    build_both(storefront)
    digest = storefront.built("arm64")["images"]["storefront"]["digest"]
    storefront.ecr.batch_delete_image(
        repositoryName=f"{storefront.application}/storefront", imageIds=[{"imageDigest": digest}]
    )
    step = storefront.run("images", "built", *OUTPUT)
    assert step.code == 1
    assert f"is not {digest} any more" in step.errors[0]


def test_a_file_of_something_else_is_one_line(project: Any) -> None:
    project.add_service("storefront")
    (project.folder / "built").mkdir()
    (project.folder / "built" / "x86_64.json").write_text('{"images": []}')
    step = project.run("images", "built", *OUTPUT)
    assert step.code == 1
    assert step.errors[0].startswith("built/x86_64.json: not what python -m pipeline build writes")


def test_a_finding_above_what_is_allowed_leaves_the_digests_as_they_were(project: Any) -> None:
    project.set_images(allowed_findings="low")
    for service in ("inventory", "search", "storefront"):
        project.add_service(service)
    project.build()
    images = project.built()["images"]
    (project.folder / "build").mkdir()
    (project.folder / "build" / "images.json").write_text("{}")
    project.find(images["inventory"]["digest"], "LOW")
    for service in ("search", "storefront"):
        project.find(images[service]["digest"], "MEDIUM")
    step = project.run("images", "built", *OUTPUT)
    assert step.code == 1
    assert project.digests() == {}
    # Each that is refused is told at once.
    refused = [line for line in step.errors if "may have no finding above low" in line]
    assert [line.partition("@")[0].rpartition("/")[2] for line in refused] == [
        "search",
        "storefront",
    ]
    assert not any("inventory" in line for line in step.errors)


def test_a_finding_in_one_architecture_stops_the_index(storefront: Any) -> None:
    build_both(storefront)
    storefront.find(storefront.built("arm64")["images"]["storefront"]["digest"], "CRITICAL")
    step = storefront.run("images", "built", *OUTPUT)
    assert step.code == 1
    assert any("linux/arm64" in line and "CVE-2000-0001" in line for line in step.errors)
    assert not (storefront.folder / "build").exists()
