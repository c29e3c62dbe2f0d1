import shutil
from pathlib import Path

import pytest
import yaml

from bench.projects import ENVIRONMENTS, write_project
from slipway.settings import Settings, load
from stacks.images import read_digests

ROOT = Path(__file__).resolve().parents[2] / "application"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(ROOT, tmp_path / "project", environments=3, services=2)


@pytest.fixture
def settings(project: Path) -> Settings:
    return load(project)


def test_generated_settings_are_settings_that_slipway_takes(settings: Settings) -> None:
    assert set(settings.environments) == set(ENVIRONMENTS)
    for name in ENVIRONMENTS:
        assert set(settings.services(name)) == {"s1", "s2"}


def test_environments_have_accounts_of_their_own_and_share_the_registry(
    settings: Settings,
) -> None:
    accounts = {settings.environment(name).account for name in ENVIRONMENTS}
    assert len(accounts) == len(ENVIRONMENTS)
    (registry,) = settings.registries
    assert registry.location == settings.application.tooling
    assert registry.location.account not in accounts


def test_a_generated_service_is_the_storefront_of_the_local_environment(
    settings: Settings,
) -> None:
    original = load(ROOT).services("local")["storefront"]
    generated = settings.services("prod")["s2"]
    assert generated.model_dump(exclude={"name", "directory"}) == original.model_dump(
        exclude={"name", "directory"}
    )


def test_every_service_has_an_image(project: Path) -> None:
    assert set(read_digests(project / "images.json")) == {"s1", "s2"}


def test_a_smaller_project_has_fewer_environments(tmp_path: Path) -> None:
    settings = load(write_project(ROOT, tmp_path / "project", environments=1, services=1))
    assert list(settings.environments) == ["dev"]
    assert set(settings.services("dev")) == {"s1"}


def test_a_project_of_any_size_has_no_pipeline(tmp_path: Path) -> None:
    """CodePipeline takes 50 stages."""
    source = Path(shutil.copytree(ROOT, tmp_path / "source"))
    pipeline = {"host": {"provider": "github"}, "repository": "example/shop"}
    with (source / "slipway.yaml").open("a") as file:
        yaml.safe_dump({"pipeline": pipeline}, file)
    project = write_project(source, tmp_path / "project", environments=3, services=20)
    assert load(project).application.pipeline is None


def test_what_is_said_twice_is_written_twice(project: Path) -> None:
    text = (project / "services/s1/service.yaml").read_text()
    assert set(yaml.safe_load(text)["environments"]) == set(ENVIRONMENTS)
    assert "&id" not in text
