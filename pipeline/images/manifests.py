"""Manifests as the registry has them: an image's, or an index's with one image a platform."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

IMAGE = "application/vnd.oci.image.manifest.v1+json"
IMAGES = (IMAGE, "application/vnd.docker.distribution.manifest.v2+json")
INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)


@dataclass(frozen=True)
class Manifest:
    """A manifest, and what it is known by."""

    digest: str
    text: str
    media_type: str

    @property
    def platforms(self) -> Iterator[tuple[str, str]]:
        """What a scanner reads: name and digest of each platform's image.

        Build tools add attestations to an index, as manifests of an unknown platform: there is
        nothing to scan in them.
        """
        if self.media_type not in INDEXES:
            yield "", self.digest
            return
        for each in json.loads(self.text)["manifests"]:
            platform = each.get("platform", {})
            if platform.get("os") != "unknown":
                parts = (platform.get(part) for part in ("os", "architecture", "variant"))
                yield "/".join(part for part in parts if part), each["digest"]


def find(ecr: Any, repository: str, **image_id: str) -> Manifest | None:
    """Find a manifest by ``imageDigest`` or ``imageTag``; None where there is none."""
    found = ecr.batch_get_image(
        repositoryName=repository,
        imageIds=[image_id],
        acceptedMediaTypes=[*INDEXES, *IMAGES],
    )["images"]
    if not found:
        return None
    return Manifest(
        found[0]["imageId"]["imageDigest"],
        found[0]["imageManifest"],
        found[0]["imageManifestMediaType"],
    )
