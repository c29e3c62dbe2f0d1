"""The same commands with a real container engine, which pushes to and pulls from the local AWS.

Continuous integration has none: there ``stand_in.py`` is the engine.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from slipway.dockerfile import context_files

pytestmark = pytest.mark.skipif(
    shutil.which("podman") is None, reason="needs podman: apt-get install podman runc"
)

BASE = "docker/library/base"
IGNORED = "*\n!app/\n**/*.md\n!app/[R]EADME.md\napp/v?.txt\napp/**/*.tmp\n**.log\n# app\n"
FILES = (
    *("app/main.py", "app/README.md", "app/NOTES.md", "app/v1.txt", "app/v12.txt", "app/a.tmp"),
    *("app/deep/er/a.tmp", "app/deep/er/b.py", "app/a.log", "tests/test_app.py", "setup.py"),
)


class Podman:
    """podman with a storage of its own, which trusts the local AWS without TLS."""

    def __init__(self, folder: Path, registry: str) -> None:
        folder.mkdir()
        self.folder = folder
        runtime = next(filter(shutil.which, ("runc", "crun")), "runc")
        limits = '["nofile=1024:4096", "nproc=1024:4096"]'
        files = {
            "CONTAINERS_CONF": f'[engine]\nruntime = "{runtime}"\ncgroup_manager = "cgroupfs"\n'
            f'events_logger = "file"\n[containers]\ndefault_ulimits = {limits}\n',
            "CONTAINERS_STORAGE_CONF": f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/images"\n'
            f'runroot = "{folder}/run"\n',
            "CONTAINERS_REGISTRIES_CONF": f'[[registry]]\nlocation = "{registry}"\n'
            "insecure = true\n",
            "REGISTRY_AUTH_FILE": "{}",
        }
        self.variables = {"SLIPWAY_CONTAINER_ENGINE": "podman", "TMPDIR": str(folder)}
        for name, text in files.items():
            (folder / name).write_text(text)
            self.variables[name] = str(folder / name)

    def __call__(self, *arguments: str, standard_input: str = "") -> str:
        answer = subprocess.run(
            ["podman", *arguments],
            input=standard_input,
            env={**os.environ, **self.variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.strip()

    def log_in(self, project: Any) -> None:
        data = project.ecr.get_authorization_token()["authorizationData"][0]
        user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
        registry = data["proxyEndpoint"].removeprefix("https://")
        self(*("login", "--username", user, "--password-stdin", registry), standard_input=password)


@pytest.fixture
def podman(project: Any, tmp_path: Path) -> Iterator[Callable[[str], Podman]]:
    """Give the engine of a machine of that name."""
    made: dict[str, Podman] = {}

    def engine(name: str) -> Podman:
        if name not in made:
            made[name] = Podman(tmp_path / name, registry_of(project))
        return made[name]

    yield engine
    for each in made.values():
        each("system", "reset", "--force")


@pytest.fixture
def base_image(project: Any, podman: Callable[[str], Podman], tmp_path: Path) -> str:
    """An image that only the cache of base images has, by the name that it has elsewhere."""
    repository = f"{project.application}-base/{BASE}"
    project.ecr.create_repository(repositoryName=repository)
    (tmp_path / "os-release").write_text("ID=base\n")
    with tarfile.open(tmp_path / "root.tar", "w") as archive:
        archive.add(tmp_path / "os-release", arcname="etc/os-release")
    engine, reference = podman("elsewhere"), f"{registry_of(project)}/{repository}:1"
    engine.log_in(project)
    engine("import", str(tmp_path / "root.tar"), reference)
    engine("push", reference)
    (image,) = project.ecr.describe_images(repositoryName=repository)["imageDetails"]
    return f"public.ecr.aws/{BASE}:1@{image['imageDigest']}"


@pytest.fixture
def storefront(project: Any) -> Path:
    """The folder of a service with more files than belong into its image."""
    service: Path = project.add_service("storefront")
    (service / "app.py").unlink()
    (service / ".dockerignore").write_text(IGNORED)
    for path in FILES:
        (service / path).parent.mkdir(parents=True, exist_ok=True)
        (service / path).write_text(f"{path}\n")
    return service


def registry_of(project: Any) -> str:
    return str(project.endpoint.removeprefix("http://"))


def test_two_machines_make_the_same_image_on_a_base_from_the_cache(
    project: Any, podman: Callable[[str], Podman], storefront: Path, base_image: str
) -> None:
    (storefront / "Dockerfile").write_text(
        f"ARG BASE_IMAGE={base_image}\nFROM ${{BASE_IMAGE}}\nCOPY . /srv/\n"
    )
    project.set_images(base_image_cache="true")
    one = project.build(**podman("one").variables)
    assert one.code == 0, one.errors
    first = project.built()["images"]["storefront"]
    project.ecr.batch_delete_image(
        repositoryName=f"{project.application}/storefront",
        imageIds=[{"imageDigest": first["digest"]}],
    )
    for file in storefront.rglob("*"):
        os.utime(file, (1, 1))
    two = project.build(**podman("two").variables)
    assert two.code == 0, two.errors
    assert project.built()["images"]["storefront"] == {**first, "reused": False}


def test_an_image_holds_the_files_that_its_fingerprint_is_of(
    project: Any, podman: Callable[[str], Podman], storefront: Path
) -> None:
    (storefront / "Dockerfile").write_text("FROM scratch\nCOPY . /srv/\n")
    engine = podman("one")
    step = project.build(**engine.variables)
    assert step.code == 0, step.errors
    digest = project.built()["images"]["storefront"]["digest"]
    assert held(project, podman("another"), digest) == list(context_files(storefront))


def test_an_index_gives_each_platform_its_own_image(
    project: Any, podman: Callable[[str], Podman], storefront: Path
) -> None:
    with (storefront / "service.yaml").open("a") as file:
        file.write("build:\n  architectures: [x86_64, arm64]\n")
    (storefront / "Dockerfile").write_text("FROM scratch\nCOPY app /srv/app/\n")
    for architecture in ("x86_64", "arm64"):
        step = project.build(architecture, **podman("one").variables)
        assert step.code == 0, step.errors
    assert project.run("images", "built", "--output", "build/images.json").code == 0
    index = project.digests()["storefront"]
    engine = podman("another")
    engine.log_in(project)
    reference = f"{registry_of(project)}/{project.application}/storefront@{index}"
    for architecture in ("amd64", "arm64"):
        pulled = engine("pull", "--quiet", "--arch", architecture, reference)
        found = json.loads(engine("image", "inspect", pulled))[0]
        assert found["Architecture"] == architecture


def held(project: Any, engine: Podman, digest: str) -> list[str]:
    """The files of an image in the registry, as another machine pulls it."""
    engine.log_in(project)
    reference = f"{registry_of(project)}/{project.application}/storefront@{digest}"
    engine("pull", reference)
    container = engine("create", reference, "nothing")
    archive = engine.folder / "container.tar"
    engine("export", "--output", str(archive), container)
    with tarfile.open(archive) as files:
        return sorted(
            entry.name.removeprefix("srv/")
            for entry in files
            if entry.isfile() and entry.name.startswith("srv/")
        )
