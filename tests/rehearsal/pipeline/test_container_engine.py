"""The rehearsal's container engine builds and pushes for the pipeline; the local AWS runs it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.images.engine import ContainerEngine, find_engine
from pipeline.images.sbom import bill_of_materials
from slipway.local_aws.tasks.images import pull
from slipway.rehearsal.connection import Account, Connection
from slipway.rehearsal.pipeline.tools import make_build_tools

ROOT = Path(__file__).resolve().parents[3]
ACCOUNT = Account("111111111111", "eu-west-1")
DOCKERFILE = """\
ARG BASE_IMAGE=python
FROM ${BASE_IMAGE}
ENV GREETING=Hello
CMD ["python", "app.py"]
"""


@dataclass
class Machine:
    """A build's machine: its tools, and what they build from and into."""

    folder: Path
    images: Path
    ecr: Any
    repository: str

    @property
    def docker(self) -> str:
        return str(self.folder / "tools" / "docker")

    @property
    def service(self) -> Path:
        return self.folder / "storefront"

    def run(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.docker, *arguments], input=typed, capture_output=True, text=True
        )

    def digests(self) -> list[str]:
        found = self.ecr.describe_images(repositoryName=self.repository)["imageDetails"]
        return [each["imageDigest"] for each in found]


@pytest.fixture
def machine(tmp_path: Path, local_aws: Any, monkeypatch: pytest.MonkeyPatch) -> Machine:
    images = tmp_path / "images"
    make_build_tools(tmp_path / "tools", ROOT, images, tmp_path / "environments")
    monkeypatch.setenv("HOME", str(tmp_path))
    service = tmp_path / "storefront"
    service.mkdir()
    for name, text in {
        "Dockerfile": DOCKERFILE,
        ".dockerignore": "*.md\n",
        "README.md": "",
        "requirements.txt": "",
        "app.py": "print('hello')\n",
    }.items():
        (service / name).write_text(text)
    ecr = Connection(local_aws.endpoint, ACCOUNT).client("ecr")
    repository = f"shop-{uuid.uuid4().hex[:6]}/storefront"
    ecr.create_repository(repositoryName=repository, imageTagMutability="IMMUTABLE")
    return Machine(tmp_path, images, ecr, repository)


def push(machine: Machine, tag: str, *, architecture: str = "x86_64") -> str:
    """Build and push as the pipeline does, and return the name of the image."""
    engine = ContainerEngine(find_engine({"PATH": os.defpath, **engine_of(machine)}))
    with engine.logged_in(machine.ecr.get_authorization_token()) as registry:
        reference = f"{registry}/{machine.repository}:{tag}"
        engine.build(
            machine.service,
            reference=reference,
            architecture=architecture,
            arguments={"BASE_IMAGE": f"{registry}/cache/python"},
        )
        engine.push(reference)
    return reference


def engine_of(machine: Machine) -> dict[str, str]:
    return {"SLIPWAY_CONTAINER_ENGINE": machine.docker}


def test_what_is_pushed_is_what_tasks_run(machine: Machine) -> None:
    reference = push(machine, "build-1")
    (digest,) = machine.digests()
    name = f"{reference.rpartition(':')[0]}@{digest}"
    image = pull(name, machine.images, role="", account=ACCOUNT.account)
    assert image.command == ("python", "app.py")
    assert image.environment["GREETING"] == "Hello"
    assert sorted(each.name for each in image.working_directory.iterdir()) == [
        ".dockerignore",
        "Dockerfile",
        "app.py",
        "requirements.txt",
    ]


def test_the_same_source_is_the_same_image_under_any_tag(machine: Machine) -> None:
    push(machine, "build-1")
    push(machine, "build-2")
    assert len(machine.digests()) == 1
    (machine.service / "app.py").write_text("print('hello again')\n")
    push(machine, "build-3")
    assert len(machine.digests()) == 2


def test_an_image_for_another_architecture_is_another_image(machine: Machine) -> None:
    push(machine, "build-1-x86_64")
    push(machine, "build-1-arm64", architecture="arm64")
    assert len(machine.digests()) == 2


def test_a_tag_that_is_taken_is_refused_in_the_registry_s_words(machine: Machine) -> None:
    push(machine, "build-1")
    (machine.service / "app.py").write_text("print('hello again')\n")
    token = machine.ecr.get_authorization_token()
    engine = ContainerEngine(machine.docker)
    with engine.logged_in(token) as registry:
        reference = f"{registry}/{machine.repository}:build-1"
        engine.build(machine.service, reference=reference, architecture="x86_64", arguments={})
        said = machine.run("push", reference)
    assert said.returncode == 1
    (line,) = said.stderr.splitlines()
    assert "TAG_INVALID" in line
    assert "cannot be overwritten because the tag is immutable" in line


def test_a_saved_image_is_read_for_its_bill_of_materials(machine: Machine) -> None:
    archive = machine.folder / "image.tar"
    reference = "registry.example/shop/storefront:build-1"
    engine = ContainerEngine(machine.docker)
    engine.build(machine.service, reference=reference, architecture="x86_64", arguments={})
    engine.save(reference, archive)
    bill = json.loads(bill_of_materials(archive, name="shop/storefront", version="build-1"))
    assert bill["metadata"]["component"]["name"] == "shop/storefront"
    with tarfile.open(archive) as saved:
        layer = saved.extractfile("layer.tar")
        assert layer
        with tarfile.open(fileobj=io.BytesIO(layer.read())) as files:
            assert "app.py" in files.getnames()


def test_after_a_logout_nothing_is_pushed(machine: Machine) -> None:
    reference = push(machine, "build-1")
    said = machine.run("push", reference)
    assert said.returncode == 1
    assert said.stderr.endswith("no basic auth credentials: log in first\n")


def test_a_wrong_password_is_no_login(machine: Machine) -> None:
    token = machine.ecr.get_authorization_token()
    registry = token["authorizationData"][0]["proxyEndpoint"].removeprefix("https://")
    login = ("login", "--username", "AWS", "--password-stdin", registry)
    said = machine.run(*login, typed="wrong")
    assert said.returncode == 1
    assert "the registry does not know this login" in said.stderr
    assert not list(machine.folder.glob(".container-engine/login-*"))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["run", "storefront"], "invalid choice: 'run'"),
        (["build", "--platform", "linux/amd64", "--tag", "a:b", "--squash", "."], "--squash"),
        (["build", "--platform", "windows/amd64", "--tag", "a:b", "."], "windows/amd64"),
        (["push", "127.0.0.1:1/shop/storefront:build-1"], "log in first"),
        (["save", "--output", "image.tar", "nobody/built:this"], "no such image"),
        (["login", "--username", "AWS", "--password-stdin", "ecr.example"], "not on this machine"),
    ],
)
def test_what_it_does_not_do_is_refused_in_a_line(
    machine: Machine, arguments: list[str], why: str
) -> None:
    said = machine.run(*arguments)
    assert said.returncode == 1
    (line,) = said.stderr.splitlines()
    assert why in line
