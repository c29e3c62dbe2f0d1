"""What the container engine is asked to do, and what it is given."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import PipelineError
from pipeline.images.engine import ContainerEngine, find_engine

REGISTRY = "111111111111.dkr.ecr.eu-west-1.amazonaws.com"
IMAGE = f"{REGISTRY}/shop/storefront:build-1"
ENGINE = """\
#!/bin/sh
echo "$@" >> {folder}/calls
case "$1" in
  --version) echo "{version}" ;;
  login) cat > {folder}/password ;;
esac
[ "$1" = "{fails}" ] && {{ echo "first" >&2; echo "no room" >&2; exit 3; }}
exit 0
"""


class Machine:
    """A machine with an engine, and what the engine was asked to do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environments: list[Mapping[str, str]] = []

    def install(
        self, name: str = "docker", version: str = "Docker version 28", fails: str = ""
    ) -> None:
        engine = self.folder / name
        engine.write_text(ENGINE.format(folder=self.folder, version=version, fails=fails))
        engine.chmod(0o755)

    def engine(self, **variables: str) -> ContainerEngine:
        command = find_engine({"PATH": str(self.folder), **variables})
        return ContainerEngine(command, run=self.run)

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> int:
        self.environments.append(environment)
        return subprocess.run(command, env=environment, check=False).returncode

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return Machine(tmp_path)


def build(engine: ContainerEngine, **arguments: str) -> None:
    engine.build(Path("folder"), reference=IMAGE, architecture="arm64", arguments=arguments)


def test_docker_builds_for_one_platform_and_saves_as_it_does(machine: Machine) -> None:
    machine.install()
    engine = machine.engine()
    build(engine, B="2", A="1")
    engine.save(IMAGE, Path("image.tar"))
    engine.push(IMAGE)
    assert machine.calls[2:] == [
        f"build --platform linux/arm64 --tag {IMAGE} --build-arg A=1 --build-arg B=2 folder",
        f"save --output image.tar {IMAGE}",
        f"push {IMAGE}",
    ]


def test_docker_is_given_the_time_that_images_are_of_and_makes_no_index(machine: Machine) -> None:
    machine.install()
    build(machine.engine())
    (environment,) = machine.environments
    assert environment["SOURCE_DATE_EPOCH"] == "315532800"
    assert environment["BUILDX_NO_DEFAULT_ATTESTATIONS"] == "1"


def test_podman_under_any_name_is_told_what_docker_knows_from_variables(machine: Machine) -> None:
    machine.install("docker", version="podman version 4.3.1")
    engine = machine.engine()
    build(engine)
    engine.save(IMAGE, Path("image.tar"))
    assert machine.calls[2:] == [
        f"build --platform linux/arm64 --tag {IMAGE} --timestamp 315532800 --no-cache folder",
        f"save --format docker-archive --output image.tar {IMAGE}",
    ]


def test_the_engine_that_is_named_comes_before_the_one_that_is_found(machine: Machine) -> None:
    machine.install("docker")
    machine.install("another")
    machine.engine(SLIPWAY_CONTAINER_ENGINE="another")
    machine.install("podman")
    assert machine.calls == ["info", "--version"]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, r"No container engine is on PATH \(docker, podman, finch\): install one, or name"),
        (
            {"SLIPWAY_CONTAINER_ENGINE": "nowhere"},
            "SLIPWAY_CONTAINER_ENGINE names nowhere, which is not on PATH",
        ),
    ],
)
def test_a_machine_without_an_engine_is_told_so(
    machine: Machine, variables: dict[str, str], message: str
) -> None:
    with pytest.raises(PipelineError, match=f"^{message}"):
        machine.engine(**variables)


def test_an_engine_that_is_not_started_is_told_so(machine: Machine) -> None:
    machine.install(fails="info")
    with pytest.raises(PipelineError, match=r"^docker info failed \(no room\): start its service"):
        machine.engine()


@pytest.mark.parametrize(
    ("command", "do"),
    [
        ("build", build),
        ("save", lambda engine: engine.save(IMAGE, Path("image.tar"))),
        ("push", lambda engine: engine.push(IMAGE)),
    ],
)
def test_what_fails_is_one_line(
    machine: Machine, command: str, do: Callable[[ContainerEngine], Any]
) -> None:
    machine.install(fails=command)
    with pytest.raises(
        PipelineError, match=f"^docker {command} failed with exit code 3: the output above"
    ):
        do(machine.engine())


def log_in(engine: ContainerEngine) -> Any:
    token = base64.b64encode(b"AWS:secret").decode()
    data = {"authorizationToken": token, "proxyEndpoint": f"https://{REGISTRY}"}
    return engine.logged_in({"authorizationData": [data]})


def test_the_password_comes_by_standard_input_alone(machine: Machine) -> None:
    machine.install()
    with log_in(machine.engine()) as registry:
        assert registry == REGISTRY
    assert (machine.folder / "password").read_text() == "secret"
    assert machine.calls[2:] == [
        f"login --username AWS --password-stdin {REGISTRY}",
        f"logout {REGISTRY}",
    ]


def test_whatever_happens_it_logs_out_and_the_first_mistake_is_told(machine: Machine) -> None:
    machine.install(fails="logout")
    with pytest.raises(PipelineError, match=r"^first$"), log_in(machine.engine()):
        raise PipelineError("first")
    assert machine.calls[-1] == f"logout {REGISTRY}"
