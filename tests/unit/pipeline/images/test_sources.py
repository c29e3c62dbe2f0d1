"""Which images are built: for whom, and for which processors."""

import shutil
from pathlib import Path

import pytest

from pipeline.images.sources import image_sources, source_fingerprint, source_tag
from slipway.settings import load

APPLICATIONS = Path(__file__).resolve().parents[3]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(APPLICATIONS / "pipeline_application", tmp_path / "project"))


def architectures(project: Path) -> dict[str, tuple[str, ...]]:
    return {name: each.architectures for name, each in image_sources(load(project)).items()}


def test_an_image_is_built_for_what_its_service_lists(project: Path) -> None:
    assert architectures(project) == {
        # An image from elsewhere (search) is not built.
        "inventory": ("arm64",),
        "storefront": ("arm64", "x86_64"),
    }


def test_nothing_is_built_for_an_environment_that_the_pipeline_does_not_deploy(
    project: Path,
) -> None:
    text = (project / "environments" / "dev.yaml").read_text()
    by_hand = text[: text.index("\npipeline:")].replace("dev.shop", "by-hand.shop") + "\n"
    (project / "environments" / "by-hand.yaml").write_text(by_hand)
    file = project / "services" / "inventory" / "service.yaml"
    file.write_text(
        f"{file.read_text()}environments:\n  by-hand:\n    architecture: x86_64\n"
        "    capacity:\n      fargate: {}\n    memory: 512MiB\n"
    )
    assert architectures(project)["inventory"] == ("arm64",)


def test_without_a_pipeline_images_are_built_for_who_shares_the_registry(tmp_path: Path) -> None:
    project = Path(shutil.copytree(APPLICATIONS / "application", tmp_path / "project"))
    # Its one environment has a registry of its own.
    assert architectures(project) == {}
    settings = project / "slipway.yaml"
    settings.write_text(
        settings.read_text()
        .replace('"111111111111"', '"000000000000"')
        .replace("eu-west-1", "us-east-1")
    )
    (source,) = image_sources(load(project)).values()
    assert (source.repository, source.architectures) == ("shop/storefront", ("x86_64",))
    assert source.folder == project / "services" / "storefront"


def test_the_tags_of_a_source_name_what_it_is_and_what_it_runs_on(project: Path) -> None:
    source = image_sources(load(project))["storefront"]
    (source.folder / "Dockerfile").write_text("FROM scratch\n")
    fingerprint = source_fingerprint(source)
    assert source_tag(fingerprint, "arm64") == f"source-{fingerprint}-arm64"
    assert source_tag(fingerprint) == f"source-{fingerprint}"
