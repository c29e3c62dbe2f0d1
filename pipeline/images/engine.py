"""The container engine: whatever builds, pushes and saves images on this machine."""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

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


class ContainerEngine:
    """Builds images with docker, or with what takes the same commands.

    Its output goes where ours goes. Each method raises PipelineError, in one line, if the engine
    fails.

    Parameters
    ----------
    command
        Such as ``docker``, or the path of one.
    run
        How its commands are run that take a while.
    """

    def __init__(self, command: str, *, run: Run = _run) -> None:
        self._command, self._run = command, run
        # podman's can't be told by its name alone: a machine may call it docker.
        version = self._ask("--version")
        self._is_podman = "podman" in version.lower()

    @classmethod
    def find(
        cls, environment: Mapping[str, str] = os.environ, *, run: Run = _run
    ) -> ContainerEngine:
        """Return the engine of this machine: what SLIPWAY_CONTAINER_ENGINE names, or the first.

        Raises
        ------
        PipelineError
            There is none, or it doesn't work.
        """
        path = environment.get("PATH")
        named = environment.get(VARIABLE)
        candidates = (named,) if named else ENGINES
        command = next((each for each in candidates if shutil.which(each, path=path)), None)
        if command is None:
            raise PipelineError(
                f"{VARIABLE} names {named}, which is not on PATH: name one that is"
                if named
                else f"No container engine is on PATH ({', '.join(ENGINES)}): install one, or "
                f"name yours in {VARIABLE}"
            )
        engine = cls(command, run=run)
        engine._ask("info")
        return engine

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
        self._do([*command, str(folder)], f"the output above says why {folder} can't be built")

    def push(self, reference: str) -> None:
        """Push an image to the registry that its name begins with."""
        self._do(["push", reference], "the output above says why")

    def save(self, reference: str, archive: Path) -> None:
        """Write an image into a tar with a ``manifest.json``, as ``docker save`` does."""
        kind = ["--format", "docker-archive"] if self._is_podman else []
        self._do(
            ["save", *kind, "--output", str(archive), reference],
            f"is there room for it in {archive.parent}?",
        )

    @contextlib.contextmanager
    def logged_in(self, registry: str, token: str) -> Iterator[None]:
        """Be logged in to Amazon ECR while the ``with`` block lasts.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html

        Parameters
        ----------
        registry
            Its host.
        token
            From GetAuthorizationToken, good for twelve hours; no command line and no log shows it.
        """
        user, _, password = base64.b64decode(token).decode().partition(":")
        self._ask(
            "login", "--username", user, "--password-stdin", registry, standard_input=password
        )
        try:
            yield
        finally:
            # An engine that can't even log out must not hide what went wrong before.
            with contextlib.suppress(PipelineError):
                self._ask("logout", registry)

    def _do(self, arguments: Sequence[str], mend: str) -> None:
        code = self._run([self._command, *arguments], _environment())
        if code:
            raise PipelineError(
                f"{self._command} {arguments[0]} failed with exit code {code}: {mend}"
            )

    def _ask(self, *arguments: str, standard_input: str = "") -> str:
        answer = subprocess.run(
            [self._command, *arguments],
            input=standard_input,
            capture_output=True,
            text=True,
            env=_environment(),
            check=False,
        )
        if answer.returncode:
            said = (answer.stderr or answer.stdout).strip().splitlines()
            raise PipelineError(
                f"{self._command} {arguments[0]} failed: {said[-1][-200:] if said else 'no output'}"
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
