"""A repository of the local AWS as the Registry stack makes it, and images in it."""

import dataclasses
import hashlib
import io
import json
import tarfile
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


@dataclasses.dataclass(frozen=True)
class Shelf:
    """One repository, and what a test puts there."""

    ecr: Any
    name: str
    images: Path

    def push(self, *tags: str, content: str = "") -> str:
        """Put an image; return its digest."""
        layer = {"mediaType": "any", "digest": f"sha256:{content or uuid.uuid4().hex}", "size": 1}
        return self._put({"mediaType": MANIFEST, "layers": [layer]}, tags)

    def push_index(self, platforms: Mapping[str, str], *tags: str) -> str:
        """Put an index of images; return its digest."""
        manifests = [
            {
                "mediaType": MANIFEST,
                "digest": digest,
                "size": 1,
                "platform": dict(zip(("os", "architecture"), name.split("/"), strict=True)),
            }
            for name, digest in platforms.items()
        ]
        return self._put({"mediaType": INDEX, "manifests": manifests}, tags)

    def says(self, digest: str, file: str, content: Any) -> None:
        """Have the local AWS say of an image what its directory says: ``scan``, ``signing``."""
        directory = self.images / digest.removeprefix("sha256:")
        directory.mkdir(exist_ok=True)
        (directory / f"{file}.json").write_text(json.dumps(content))

    def tags(self, digest: str) -> set[str]:
        described = self.ecr.describe_images(
            repositoryName=self.name, imageIds=[{"imageDigest": digest}]
        )
        (image,) = described["imageDetails"]
        return set(image.get("imageTags", ()))

    def _put(self, manifest: dict[str, Any], tags: tuple[str, ...]) -> str:
        text = json.dumps({"schemaVersion": 2, **manifest})
        for tag in tags or (f"build-{uuid.uuid4().hex}",):
            self.ecr.put_image(
                repositoryName=self.name,
                imageManifest=text,
                imageManifestMediaType=manifest["mediaType"],
                imageTag=tag,
            )
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@pytest.fixture
def shelf(deploy: Callable[..., Any], local_aws: Any) -> Shelf:
    name = f"shop/{uuid.uuid4().hex[:8]}"
    filters = [
        {
            "ImageTagMutabilityExclusionFilterType": "WILDCARD",
            "ImageTagMutabilityExclusionFilterValue": f"{mark}-*",
        }
        for mark in ("live", "previous")
    ]
    deploy(
        {
            "Repository": {
                "Type": "AWS::ECR::Repository",
                "Properties": {
                    "RepositoryName": name,
                    "ImageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
                    "ImageTagMutabilityExclusionFilters": filters,
                    "EmptyOnDelete": True,
                },
            }
        }
    )
    return Shelf(local_aws.client("ecr"), name, local_aws.images)


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    """How to write an image as ``docker save`` does, with some files in it."""

    def write(files: Mapping[str, str], *, architecture: str = "amd64") -> Path:
        layer = _tar({name: content.encode() for name, content in files.items()})
        configuration = {
            "architecture": architecture,
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
        manifest = [{"Config": "config.json", "RepoTags": ["shop/web:1"], "Layers": ["layer.tar"]}]
        file = tmp_path / "image.tar"
        file.write_bytes(
            _tar(
                {
                    "manifest.json": json.dumps(manifest).encode(),
                    "config.json": json.dumps(configuration).encode(),
                    "layer.tar": layer,
                }
            )
        )
        return file

    return write


def _tar(files: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return content.getvalue()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
