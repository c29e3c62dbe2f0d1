"""An image in one file, as ``docker save`` writes it."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

from slipway.rehearsal.oci import Blobs


def save(reference: str, blobs: Blobs, file: Path) -> None:
    """Write a tar with the image's configuration, its layer, and a ``manifest.json`` of both.

    https://github.com/moby/docker-image-spec/blob/main/v1.2.md#combined-image-json--filesystem-changeset-format

    Parameters
    ----------
    reference
        What the image is called: ``registry/repository:tag``.
    blobs
        The image.
    file
        Where the tar goes.
    """
    contents = [{"Config": "config.json", "RepoTags": [reference], "Layers": ["layer.tar"]}]
    with tarfile.open(file, "w") as archive:
        for name, content in (
            ("manifest.json", json.dumps(contents).encode()),
            ("config.json", blobs.config),
            ("layer.tar", blobs.layer),
        ):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
