"""A repository of Amazon ECR: images by tag, indexes of platforms, and tags that don't move."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.errors import PipelineError
from pipeline.images.engine import PLATFORMS
from slipway.release.errors import aws_errors

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEXES = (OCI_INDEX, DOCKER_INDEX)
MANIFESTS = (OCI_MANIFEST, DOCKER_MANIFEST)


class RepositoryMissingError(PipelineError):
    """The repository isn't there (yet)."""


@dataclass(frozen=True)
class RegisteredImage:
    """An image that the registry has, or an index of images.

    Attributes
    ----------
    digest
        ``sha256:…`` of the manifest.
    manifest
        Its text, byte for byte.
    media_type
        What it is.
    """

    digest: str
    manifest: str
    media_type: str

    @property
    def platforms(self) -> dict[str, str]:
        """Of an index, the digest of each platform (``linux/arm64``); of an image, none."""
        if self.media_type not in INDEXES:
            return {}
        entries = json.loads(self.manifest)["manifests"]
        return {_platform(entry.get("platform") or {}): entry["digest"] for entry in entries}


class Repository:
    """One service's images in Amazon ECR.

    Every method raises AwsError where AWS refuses, and RepositoryMissingError where there is no
    such repository.

    Parameters
    ----------
    ecr
        The boto3 client.
    name
        Such as ``shop/storefront``.
    """

    def __init__(self, ecr: Any, name: str) -> None:
        self.name = name
        self._ecr = ecr

    def find(self, tag: str) -> RegisteredImage | None:
        """Return the image that has a tag; None if no image has it.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html
        """
        return self._find(f"{self.name}:{tag}", imageTag=tag)

    def find_digest(self, digest: str) -> RegisteredImage | None:
        """Return the image, or the index, of a digest; None if there is none."""
        return self._find(f"{self.name}@{digest}", imageDigest=digest)

    def tag(self, image: RegisteredImage, tag: str) -> RegisteredImage:
        """Give an image one more tag, which never moves.

        Returns
        -------
        RegisteredImage
            The image that has the tag: this one, or the one that somebody else gave it before.
        """
        return self._put(image.manifest, image.media_type, tag)

    def put_index(self, images: Mapping[str, RegisteredImage], tag: str) -> RegisteredImage:
        """Make one image of several platforms'.

        The same images make the same index, byte for byte.

        Parameters
        ----------
        images
            The image of each architecture, which the repository has: ``x86_64``, ``arm64``.
        tag
            For the index; it never moves.

        Returns
        -------
        RegisteredImage
            The index that has the tag: this one, or the one that somebody else put before.
        """
        # An image of Docker's own kind goes into a list of Docker's own kind, as Docker does it.
        of_docker = any(image.media_type == DOCKER_MANIFEST for image in images.values())
        media_type = DOCKER_INDEX if of_docker else OCI_INDEX
        manifests = [
            {
                "mediaType": image.media_type,
                "size": len(image.manifest.encode()),
                "digest": image.digest,
                "platform": dict(
                    zip(("os", "architecture"), PLATFORMS[architecture].split("/"), strict=True)
                ),
            }
            for architecture, image in sorted(images.items())
        ]
        index = {"schemaVersion": 2, "mediaType": media_type, "manifests": manifests}
        return self._put(json.dumps(index, separators=(",", ":")), media_type, tag)

    def _find(self, name: str, **image_id: str) -> RegisteredImage | None:
        with aws_errors(f"look for {name}"):
            try:
                found = self._ecr.batch_get_image(
                    repositoryName=self.name,
                    imageIds=[image_id],
                    acceptedMediaTypes=[*INDEXES, *MANIFESTS],
                )["images"]
            except self._ecr.exceptions.RepositoryNotFoundException:
                raise RepositoryMissingError(
                    f"There is no repository {self.name}: deploy the Registry stack"
                ) from None
        return _registered(found[0]) if found else None

    def _put(self, manifest: str, media_type: str, tag: str) -> RegisteredImage:
        digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
        errors = self._ecr.exceptions
        with aws_errors(f"put {self.name}:{tag}"):
            try:
                self._ecr.put_image(
                    repositoryName=self.name,
                    imageManifest=manifest,
                    imageManifestMediaType=media_type,
                    imageTag=tag,
                    imageDigest=digest,
                )
            except errors.ImageAlreadyExistsException:
                pass
            except errors.ImageTagAlreadyExistsException:
                # Somebody was faster; what the tag names is made of the same.
                if there := self.find(tag):
                    return there
                raise
        return RegisteredImage(digest, manifest, media_type)


def _registered(answer: Mapping[str, Any]) -> RegisteredImage:
    return RegisteredImage(
        answer["imageId"]["imageDigest"],
        answer["imageManifest"],
        answer.get("imageManifestMediaType") or json.loads(answer["imageManifest"])["mediaType"],
    )


def _platform(entry: Mapping[str, str]) -> str:
    parts = (entry.get("os", ""), entry.get("architecture", ""), entry.get("variant", ""))
    return "/".join(part for part in parts if part)
