"""Green's images in their private ECR registries."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aws import client

from .green import CheckFailed, Green

INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_REFERENCE = re.compile(
    r"(?P<registry>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?"
    r"/(?P<repository>[^@:]+)(@(?P<digest>sha256:[0-9a-f]{64})|:(?P<tag>[^@]+))"
)


@dataclass(frozen=True)
class Image:
    """An image, and the client of the registry that it is in."""

    registry: Any
    repository: dict[str, str]
    digest: str
    manifest: str
    media_type: str | None

    def __str__(self) -> str:
        """Return ``repository@sha256:…``."""
        return f"{self.repository['repositoryName']}@{self.digest}"


def images_of(green: Green) -> Iterator[Image]:
    """Find green's images; those that aren't in a private ECR registry are passed over.

    Raises
    ------
    CheckFailed
        When an image is not in its registry, or no image is in one: there is nothing to check.
    """
    references = [match for image in green.images if (match := _REFERENCE.fullmatch(image))]
    if not references:
        raise CheckFailed(
            f"expected an image of a private ECR registry, but {green.revision} runs "
            f"{', '.join(green.images) or 'none'}"
        )
    for reference in references:
        yield _find(reference)


def _find(reference: re.Match[str]) -> Image:
    registry = client("ecr", reference["region"])
    repository = {"registryId": reference["registry"], "repositoryName": reference["repository"]}
    identifier = (
        {"imageDigest": reference["digest"]}
        if reference["digest"]
        else {"imageTag": reference["tag"]}
    )
    found = registry.batch_get_image(
        **repository, imageIds=[identifier], acceptedMediaTypes=[*INDEXES, *_MANIFESTS]
    )["images"]
    if not found:
        raise CheckFailed(f"expected the image {reference[0]} in ECR, but it is not there")
    return Image(
        registry,
        repository,
        found[0]["imageId"]["imageDigest"],
        found[0].get("imageManifest", ""),
        found[0].get("imageManifestMediaType"),
    )
