"""Marks in the registry: what an environment runs, and what it ran before.

``live-<environment>`` and ``previous-<environment>`` are tags that move; all others are immutable.
Whoever tidies a repository up keeps what has one, and the scan gate stops no image that is live.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html
"""

from __future__ import annotations

import contextlib
from typing import Any

from pipeline.errors import PipelineError
from pipeline.images.repository import RegisteredImage, Repository
from slipway.release.errors import aws_errors

LIVE = "live-"
PREVIOUS = "previous-"


def mark_live(ecr: Any, repository: str, digest: str, *, environment: str) -> str | None:
    """Mark an image as what an environment runs, and the one that it ran as the previous one.

    Called after a release has gone well, for each of its images. Called again, it changes nothing.
    The mark of the previous image moves first: whenever it is interrupted, the image that serves
    has a mark, and calling it again completes it.

    Parameters
    ----------
    ecr
        The boto3 client of the registry's account.
    repository
        Such as ``shop/storefront``.
    digest
        The image that the environment runs now: what its task definition names.
    environment
        Such as ``prod``.

    Returns
    -------
    str or None
        The digest of the image that was live before, if there was another.

    Raises
    ------
    PipelineError
        The image is not in the repository.
    AwsError
        The registry refuses.
    """
    with aws_errors(f"mark {repository}@{digest} as live in {environment}"):
        images = Repository(ecr, repository)
        image = images.find_digest(digest)
        if image is None:
            raise PipelineError(
                f"{repository}@{digest} serves {environment} and is not in the registry: tasks "
                "that start anew will fail; release an image that is there"
            )
        before = images.find(f"{LIVE}{environment}")
        if before is not None and before.digest == digest:
            return None
        if before is not None:
            _tag(ecr, repository, before, f"{PREVIOUS}{environment}")
        _tag(ecr, repository, image, f"{LIVE}{environment}")
    return before.digest if before else None


def live_in(ecr: Any, repository: str, digest: str) -> tuple[str, ...]:
    """Return the environments that an image is marked as live in, sorted."""
    with aws_errors(f"read the marks of {repository}@{digest}"):
        described = ecr.describe_images(
            repositoryName=repository, imageIds=[{"imageDigest": digest}]
        )["imageDetails"]
    tags = {tag for image in described for tag in image.get("imageTags", ())}
    return tuple(sorted(tag.removeprefix(LIVE) for tag in tags if tag.startswith(LIVE)))


def _tag(ecr: Any, repository: str, image: RegisteredImage, tag: str) -> None:
    # The registry calls it an error where the tag is there already.
    with contextlib.suppress(ecr.exceptions.ImageAlreadyExistsException):
        ecr.put_image(
            repositoryName=repository,
            imageManifest=image.manifest,
            imageManifestMediaType=image.media_type,
            imageDigest=image.digest,
            imageTag=tag,
        )
