"""A project whose pipeline's steps run as processes, against the local AWS."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from slipway.rehearsal.connection import Account, Connection

ROOT = Path(__file__).resolve().parents[3]
FROZEN = ROOT / "tests" / "application"
STAND_IN = Path(__file__).with_name("stand_in.py")
ACCOUNT = Account("000000000000", "us-east-1")

DOCKERFILE = f"""\
ARG BASE_IMAGE=public.ecr.aws/docker/library/python:3.13@sha256:{"a" * 64}
FROM ${{BASE_IMAGE}}
COPY . /srv
CMD ["python", "/srv/app.py"]
"""


@dataclass
class Step:
    """How a command of the pipeline ended."""

    code: int
    said: str
    errors: list[str]


@dataclass
class Project:
    """A checkout with services, and the repositories of some of them.

    Parameters
    ----------
    folder
        The checkout.
    endpoint
        Of the local AWS.
    state
        The folder of the stand-in engine.
    scans
        Where the local AWS finds what a scan says of an image.
    """

    folder: Path
    endpoint: str
    state: Path
    scans: Path
    application: str

    @property
    def ecr(self) -> Any:
        return Connection(self.endpoint, ACCOUNT).client("ecr")

    def add_service(self, name: str, *, repository: bool = True, settings: str = "") -> Path:
        """Write a service, and make its repository as the Registry stack does: immutable."""
        service = self.folder / "services" / name
        service.mkdir(parents=True)
        text = (FROZEN / "services" / "storefront" / "service.yaml").read_text()
        (service / "service.yaml").write_text(text + settings)
        (service / "Dockerfile").write_text(DOCKERFILE)
        (service / ".dockerignore").write_text("*.md\n")
        (service / "app.py").write_text("print('hello')\n")
        if repository:
            self.add_repository(name)
        return service

    def add_repository(self, service: str) -> None:
        self.ecr.create_repository(
            repositoryName=f"{self.application}/{service}", imageTagMutability="IMMUTABLE"
        )

    def set_images(self, **settings: str) -> None:
        lines = "".join(f"  {name}: {value}\n" for name, value in settings.items())
        with (self.folder / "slipway.yaml").open("a") as file:
            file.write(f"images:\n{lines}")

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline", *arguments],
            cwd=self.folder,
            env={
                **kept,
                "PYTHONPATH": str(ROOT),
                "AWS_ENDPOINT_URL": self.endpoint,
                "AWS_ACCESS_KEY_ID": ACCOUNT.account,
                "AWS_SECRET_ACCESS_KEY": "local",
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "AWS_EC2_METADATA_DISABLED": "true",
                "SLIPWAY_CONTAINER_ENGINE": str(self.state / "engine"),
                "STAND_IN": str(self.state),
                **variables,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, process: subprocess.Popen[str]) -> Step:
        said, errors = process.communicate(timeout=300)
        return Step(process.returncode, said, errors.splitlines())

    def run(self, *arguments: str, **variables: str) -> Step:
        return self.end(self.start(*arguments, **variables))

    def build(self, architecture: str = "x86_64", **variables: str) -> Step:
        return self.run("build", "--architecture", architecture, "--output", "built", **variables)

    def built(self, architecture: str = "x86_64") -> Any:
        return json.loads((self.folder / "built" / f"{architecture}.json").read_text())

    def digests(self) -> Any:
        return json.loads((self.folder / "build" / "images.json").read_text())

    def find(self, digest: str, severity: str) -> None:
        """Have the scan of an image find something."""
        image = self.scans / digest.removeprefix("sha256:")
        image.mkdir()
        finding = {"name": "CVE-2000-0001", "severity": severity}
        (image / "scan.json").write_text(json.dumps([finding]))

    def tell_engine(self, name: str, what: str) -> None:
        (self.state / name).write_text(what)

    def calls(self, command: str = "") -> list[list[str]]:
        """What the engine was asked to do."""
        file = self.state / "calls.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        calls = [json.loads(line)["arguments"] for line in lines]
        return [call for call in calls if not command or call[0] == command]

    def tags(self, service: str) -> dict[str, list[str]]:
        """The tags of the images of a service, by digest; not of what is kept with them."""
        found = self.ecr.describe_images(repositoryName=f"{self.application}/{service}")
        return {
            image["imageDigest"]: sorted(image["imageTags"])
            for image in found["imageDetails"]
            if any(tag.startswith(("build-", "source-")) for tag in image["imageTags"])
        }


@pytest.fixture
def project(tmp_path: Path, local_aws: Any) -> Project:
    """A project of one environment and no service yet; its application has a name of its own."""
    application = f"shop-{uuid.uuid4().hex[:6]}"
    folder, state = tmp_path / "project", tmp_path / "engine"
    shutil.copytree(FROZEN / "environments", folder / "environments")
    state.mkdir()
    engine = state / "engine"
    engine.write_text(f'#!/bin/sh\nexec {sys.executable} {STAND_IN} "$@"\n')
    engine.chmod(0o755)
    (folder / "slipway.yaml").write_text(
        f"application: {application}\nowner: platform\ncost_centre: shop\n"
        f'tooling: {{ account: "{ACCOUNT.account}", region: {ACCOUNT.region} }}\n'
    )
    return Project(folder, local_aws.endpoint, state, local_aws.images, application)
