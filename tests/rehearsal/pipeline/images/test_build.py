"""Images are built once: whatever is run again, killed, or run twice at a time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


def test_an_image_is_pushed_under_the_tags_of_its_build_and_its_source(project: Any) -> None:
    project.add_service("storefront")
    step = project.build(CODEBUILD_BUILD_ID="shop-pipeline-images-x86_64:1234-5678")
    assert step.code == 0, step.errors
    image = project.built()["images"]["storefront"]
    assert project.tags("storefront") == {
        image["digest"]: [
            "build-1234-5678-x86_64",
            f"source-{image['fingerprint']}-x86_64",
        ]
    }
    assert image["reused"] is False
    (call,) = project.calls("build")
    assert call[call.index("--platform") + 1] == "linux/amd64"


def test_an_image_that_is_found_has_its_evidence(project: Any) -> None:
    project.add_service("storefront")
    project.build(CODEBUILD_RESOLVED_SOURCE_VERSION="c0ffee")
    found = project.ecr.list_image_referrers(
        repositoryName=f"{project.application}/storefront",
        subjectId={"imageDigest": project.built()["images"]["storefront"]["digest"]},
    )
    assert {each["artifactType"] for each in found["referrers"]} == {
        "application/vnd.cyclonedx+json",
        "application/vnd.in-toto+json",
    }


def test_what_has_not_changed_is_not_built_again(project: Any) -> None:
    service = project.add_service("storefront")
    project.build()
    first = project.built()["images"]["storefront"]
    (service / "README.md").write_text(".dockerignore leaves it out")
    assert project.build().code == 0
    assert project.built()["images"]["storefront"] == {**first, "reused": True}
    (service / "app.py").write_text("print('good morning')\n")
    assert project.build().code == 0
    assert project.built()["images"]["storefront"]["digest"] != first["digest"]
    assert len(project.calls("build")) == 2


def test_without_a_change_no_container_engine_is_needed(project: Any, tmp_path: Path) -> None:
    project.add_service("storefront")
    project.build()
    assert project.build(SLIPWAY_CONTAINER_ENGINE="nowhere").code == 0


@pytest.mark.parametrize("last", ["build", "save", "push"])
def test_a_build_that_was_killed_is_made_up_for_by_the_next(project: Any, last: str) -> None:
    project.add_service("storefront")
    project.tell_engine("kill", last)
    assert project.build().code == -9
    assert not (project.folder / "built").exists()
    (project.state / "kill").unlink()
    assert project.build().code == 0
    image = project.built()["images"]["storefront"]
    assert f"source-{image['fingerprint']}-x86_64" in project.tags("storefront")[image["digest"]]


def test_two_builds_at_a_time_agree_on_one_image(project: Any) -> None:
    project.add_service("storefront")
    project.tell_engine("meet", "2")
    arguments = ("build", "--architecture", "x86_64", "--output")
    running = [project.start(*arguments, folder) for folder in ("one", "two")]
    for step in map(project.end, running):
        assert step.code == 0, step.errors
    one, two = (
        json.loads((project.folder / folder / "x86_64.json").read_text())["images"]["storefront"]
        for folder in ("one", "two")
    )
    assert len(project.calls("build")) == 2
    assert one["digest"] == two["digest"]
    assert {one["reused"], two["reused"]} == {False, True}


def test_a_new_service_waits_for_its_repository(project: Any) -> None:
    project.add_service("storefront")
    project.add_service("search", repository=False)
    step = project.build(KNOWN_SERVICES="storefront")
    assert step.code == 0, step.errors
    assert "search waits: it is new" in step.said
    assert project.built()["deferred"] == ["search"]
    assert list(project.built()["images"]) == ["storefront"]
    project.add_repository("search")
    assert project.build(KNOWN_SERVICES="search storefront").code == 0
    assert project.built()["deferred"] == []


def test_a_known_service_without_a_repository_is_a_mistake(project: Any) -> None:
    project.add_service("search", repository=False)
    step = project.build(KNOWN_SERVICES="search storefront")
    assert step.code == 1
    assert step.errors == [
        f"There is no repository {project.application}/search: deploy the Registry stack"
    ]


def test_a_service_of_another_architecture_is_left_to_its_own_machine(project: Any) -> None:
    project.add_service("storefront")
    assert project.build("arm64").code == 0
    assert project.built("arm64")["images"] == {}
    assert project.calls("build") == []


def test_base_images_come_from_the_cache_by_digest(project: Any) -> None:
    project.add_service("storefront")
    project.set_images(base_image_cache="true")
    step = project.build()
    assert step.code == 0, step.errors
    (call,) = project.calls("build")
    registry = project.endpoint.removeprefix("http://")
    assert call[call.index("--build-arg") + 1] == (
        f"BASE_IMAGE={registry}/{project.application}-base/docker/library/python:3.13"
        f"@sha256:{'a' * 64}"
    )


def test_the_registry_s_password_is_on_no_command_line_and_in_no_log(project: Any) -> None:
    project.add_service("storefront")
    step = project.build()
    token = project.ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    said = json.dumps(project.calls()) + step.said + "".join(step.errors)
    assert "local:000000000000" not in said
    assert token not in said
    assert [call[0] for call in project.calls()][-1] == "logout"
    assert not (project.state / "credentials").exists()


def test_each_service_that_cannot_be_built_is_one_line(project: Any) -> None:
    for name in ("search", "storefront"):
        service = project.add_service(name)
        (service / "Dockerfile").write_text("FROM python:3.13\n")
    step = project.build()
    assert step.code == 1
    assert [line.partition(" has no digest")[0] for line in step.errors] == [
        "services/search/Dockerfile:1: python:3.13",
        "services/storefront/Dockerfile:1: python:3.13",
    ]
    assert project.calls() == []


@pytest.mark.parametrize("command", ["info", "login", "build", "save", "push"])
def test_an_engine_that_fails_is_one_line(project: Any, command: str) -> None:
    project.add_service("storefront")
    project.tell_engine("fail", command)
    step = project.build()
    assert step.code == 1
    assert f"engine {command} failed" in step.errors[-1]
    assert not (project.folder / "built").exists()
    assert not any("Traceback" in line for line in step.errors)


def test_credentials_of_another_account_are_refused(project: Any) -> None:
    project.add_service("storefront")
    step = project.build(AWS_ACCESS_KEY_ID="999999999999")
    assert step.code == 1
    assert step.errors[0].startswith("These credentials are of account 999999999999, not 0000")


def test_wrong_settings_exit_2(project: Any) -> None:
    (project.folder / "slipway.yaml").write_text("application: shop\n")
    step = project.build()
    assert step.code == 2
    assert all(line.startswith("slipway.yaml:") for line in step.errors)
