"""Images for AWS: built by whatever container engine there is, pushed to the registry."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from pipeline.images.engine import ContainerEngine
from slipway.leash import Leashed

_LOOK = timedelta(seconds=0.5)


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
        """Build and push an image; return its digest in the registry.

        Raises
        ------
        PipelineError
            The engine fails.
        """
        engine = ContainerEngine(
            self._engine,
            run=lambda command, environment: self._run(command, environment, look),
            output=str(self._log),
        )
        ecr = self._client("ecr")
        with engine.logged_in(ecr.get_authorization_token()) as registry:
            image = f"{registry}/{repository}:{tag}"
            engine.build(folder, reference=image, architecture=architecture, arguments={})
            engine.push(image)
        found = ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
        return str(found["imageDetails"][0]["imageDigest"])

    def _run(
        self, command: Sequence[str], environment: Mapping[str, str], look: Callable[[], None]
    ) -> int:
        with (
            self._log.open("ab") as output,
            Leashed(command, env=environment, stdout=output, stderr=subprocess.STDOUT) as process,
        ):
            while True:
                try:
                    return process.wait(_LOOK)
                except subprocess.TimeoutExpired:
                    look()
