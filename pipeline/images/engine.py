"""The container engine: whatever builds, pushes and saves images on this machine."""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import PipelineError

ENGINES = ("docker", "podman", "finch")
VARIABLE = "SLIPWAY_CONTAINER_ENGINE"

PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
"""Our words for processor architectures, which are Amazon ECS's, and those of images."""

TIMESTAMP = 315532800
"""The time that files and images say they were made: 1980-01-01, the first that ZIP can write.

https://reproducible-builds.org/docs/source-date-epoch/
"""

Run = Callable[[Sequence[str], Mapping[str, str]], int]
"""Runs a command with an environment, and returns its exit code."""


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    return subprocess.run(command, env=environment, check=False).returncode


def find_engine(environment: Mapping[str, str] = os.environ) -> str:
    """Return this machine's engine: what SLIPWAY_CONTAINER_ENGINE names, or the first there is.

    Raises
    ------
    PipelineError
        There is none, or it doesn't work.
    """
    path, named = environment.get("PATH"), environment.get(VARIABLE)
    candidates = (named,) if named else ENGINES
    command = next((each for each in candidates if shutil.which(each, path=path)), None)
    if command is None:
        raise PipelineError(
            f"{VARIABLE} names {named}, which is not on PATH: name one that is"
            if named
            else f"No container engine is on PATH ({', '.join(ENGINES)}): install one, or name "
            f"yours in {VARIABLE}; images for AWS are built from the services' Dockerfiles"
        )
    try:
        _ask(command, "info")
    except PipelineError as error:
        raise PipelineError(f"{error}: start its service, or its machine") from None
    return command


class ContainerEngine:
    """Builds images with docker, or with what takes the same commands.

    Each method raises PipelineError, in one line, if the engine fails.

    Parameters
    ----------
    command
        Such as ``docker``, or the path of one.
    run
        How its commands are run that take a while; their output goes where ours goes, unless this
        does otherwise.
    output
        Where a person finds that output.
    """

    def __init__(self, command: str, *, run: Run = _run, output: str = "the output above") -> None:
        self._command, self._run, self._output = command, run, output
        # podman can't be told by its name alone: a machine may call it docker.
        self._is_podman = "podman" in _ask(command, "--version").lower()

    def build(
        self, folder: Path, *, reference: str, architecture: str, arguments: Mapping[str, str]
    ) -> None:
        """Build the image of a folder, as reproducibly as the engine can.

        Parameters
        ----------
        folder
            With the Dockerfile.
        reference
            What to call the image: ``registry/repository:tag``.
        architecture
            ``x86_64`` or ``arm64``.
        arguments
            Build arguments by name.
        """
        command = ["build", "--platform", PLATFORMS[architecture], "--tag", reference]
        if self._is_podman:
            # https://docs.podman.io/en/latest/markdown/podman-build.1.html#timestamp-seconds
            # Its cache gives one architecture what it built for another (podman 4.3).
            command += ["--timestamp", str(TIMESTAMP), "--no-cache"]
        for name, value in sorted(arguments.items()):
            command += ["--build-arg", f"{name}={value}"]
        self._do(*command, str(folder))

    def push(self, reference: str) -> None:
        """Push an image to the registry that its name begins with."""
        self._do("push", reference)

    def save(self, reference: str, archive: Path) -> None:
        """Write an image into a tar with a ``manifest.json``, as ``docker save`` does."""
        kind = ["--format", "docker-archive"] if self._is_podman else []
        self._do("save", *kind, "--output", str(archive), reference)

    @contextlib.contextmanager
    def logged_in(self, token: Mapping[str, Any]) -> Iterator[str]:
        """Be logged in to Amazon ECR while the ``with`` block lasts.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html

        Parameters
        ----------
        token
            The answer of GetAuthorizationToken, good for twelve hours; no command line and no log
            shows it.

        Returns
        -------
        Iterator[str]
            The registry's host, which the names of images begin with.
        """
        data = token["authorizationData"][0]
        # https://<account>.dkr.ecr.<region>.<suffix>
        registry = data["proxyEndpoint"].removeprefix("https://")
        user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
        login = ("login", "--username", user, "--password-stdin", registry)
        _ask(self._command, *login, standard_input=password)
        try:
            yield registry
        finally:
            # An engine that can't even log out must not hide what went wrong before.
            with contextlib.suppress(PipelineError):
                _ask(self._command, "logout", registry)

    def _do(self, *arguments: str) -> None:
        code = self._run([self._command, *arguments], _environment())
        if code:
            raise PipelineError(
                f"{self._command} {arguments[0]} failed with exit code {code}: {self._output} says "
                "why"
            )


def _ask(command: str, *arguments: str, standard_input: str = "") -> str:
    answer = subprocess.run(
        [command, *arguments],
        input=standard_input,
        capture_output=True,
        text=True,
        env=_environment(),
        check=False,
    )
    if answer.returncode:
        said = (answer.stderr or answer.stdout).strip().splitlines()
        raise PipelineError(
            f"{command} {arguments[0]} failed ({said[-1][-200:] if said else 'no output'})"
        )
    return answer.stdout


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        # BuildKit writes it into the image, its history and what instructions see.
        # https://docs.docker.com/build/ci/github-actions/reproducible-builds/
        "SOURCE_DATE_EPOCH": str(TIMESTAMP),
        # An attestation would make the image an index, which basic scanning doesn't scan.
        # https://docs.docker.com/build/building/variables/#buildx_no_default_attestations
        "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
    }
