"""How an image gets into an Amazon ECR repository."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from slipway.rehearsal.images import Image


def push(ecr: Any, repository: str, image: Image) -> None:
    """Push an image under a tag of its own; one that is there already stays as it is.

    Parameters
    ----------
    ecr
        The boto3 client.
    repository
        Its name.
    image
        Whose digest the tag is made of: tags are immutable.
    """
    # One that has not changed since the last build is there already.
    with contextlib.suppress(
        ecr.exceptions.ImageAlreadyExistsException,
        ecr.exceptions.ImageTagAlreadyExistsException,
    ):
        ecr.put_image(
            repositoryName=repository,
            imageManifest=image.manifest,
            imageManifestMediaType=json.loads(image.manifest)["mediaType"],
            imageTag=f"build-{image.digest.removeprefix('sha256:')[:12]}",
        )
