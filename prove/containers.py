"""Images for AWS: built by whatever container engine there is, pushed to the registry."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from prove.errors import ProveError
from slipway.leash import Leashed

ENGINES = ("docker", "podman", "finch")
_PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
_LOOK = timedelta(seconds=0.5)


def find_engine() -> str:
    """Return the container engine of this machine.

    Raises
    ------
    ProveError
        There is none, or it doesn't work.
    """
    engine = next(filter(shutil.which, ENGINES), None)
    if engine is None:
        raise ProveError(
            f"No container engine is on PATH ({', '.join(ENGINES)}): install one; images for AWS "
            "are built from the services' Dockerfiles"
        )
    answer = subprocess.run([engine, "info"], capture_output=True, text=True, check=False)
    if answer.returncode:
        said = (answer.stderr or answer.stdout).strip().splitlines()
        raise ProveError(
            f"{engine} info failed ({said[-1] if said else 'no output'}): start its service, or "
            "its machine"
        )
    return engine


class ContainerBuild:
    """Builds with a container engine, and pushes to Amazon ECR.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/docker-push-ecr-image.html

    Parameters
    ----------
    engine
        Such as ``docker``; podman and finch take the same commands.
    client
        Gives a boto3 client of a service.
    log
        Where its output is added.
    """

    def __init__(self, engine: str, client: Callable[[str], Any], *, log: Path) -> None:
        self._engine, self._client, self._log = engine, client, log

    def __call__(
        self,
        folder: Path,
        *,
        repository: str,
        tag: str,
        architecture: str,
        look: Callable[[], None],
    ) -> str:
        """Build and push an image; return its digest in the registry."""
        # The answer names the registry, too: https://<account>.dkr.ecr.<region>.<suffix>
        data = self._client("ecr").get_authorization_token()["authorizationData"][0]
        registry = data["proxyEndpoint"].removeprefix("https://")
        image = f"{registry}/{repository}:{tag}"
        platform = _PLATFORMS[architecture]
        self._run(["build", "--platform", platform, "--tag", image, str(folder)], look)
        self._log_in(registry, data["authorizationToken"])
        try:
            self._run(["push", image], look)
        finally:
            self._run(["logout", registry], lambda: None)
        found = self._client("ecr").describe_images(
            repositoryName=repository, imageIds=[{"imageTag": tag}]
        )
        return str(found["imageDetails"][0]["imageDigest"])

    def _log_in(self, registry: str, token: str) -> None:
        """Log in with a token of twelve hours, which no command line and no log shows.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
        """
        user, _, password = base64.b64decode(token).decode().partition(":")
        answer = subprocess.run(
            [self._engine, "login", "--username", user, "--password-stdin", registry],
            input=password,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            raise ProveError(f"{self._engine} login failed: {answer.stderr.strip()[-200:]}")

    def _run(self, arguments: Sequence[str], look: Callable[[], None]) -> None:
        with (
            self._log.open("ab") as output,
            Leashed(
                [self._engine, *arguments],
                # An attestation would make the image an index, which basic scanning doesn't scan.
                # https://docs.docker.com/build/building/variables/#buildx_no_default_attestations
                env={**os.environ, "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"},
                stdout=output,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            while True:
                try:
                    code = process.wait(_LOOK)
                    break
                except subprocess.TimeoutExpired:
                    look()
        if code:
            raise ProveError(
                f"{self._engine} {arguments[0]} failed with exit code {code}: see {self._log}"
            )
