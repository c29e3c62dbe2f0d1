"""An image as a registry holds it: manifest, configuration, and one layer with the files.

https://github.com/opencontainers/image-spec/blob/main/spec.md
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.rehearsal.dockerfile import Dockerfile

CONTENT = "app"
"""The folder of a container that the files are in."""

ARCHITECTURE = "amd64"
"""What an image says that it is for, unless somebody says otherwise.

The specification wants an architecture. The rehearsal runs the machine's own Python, and the digest
must not depend on it, so this is a constant.
"""

_KIND = "application/vnd.oci.image"
MANIFEST = f"{_KIND}.manifest.v1+json"


@dataclass(frozen=True)
class Blobs:
    """What a registry keeps of an image, byte for byte."""

    manifest: bytes
    config: bytes
    layer: bytes

    @property
    def digest(self) -> str:
        """``sha256:<hex>`` of the manifest: what names the image."""
        return digest_of(self.manifest)


def pack(
    files: Mapping[str, Path],
    dockerfile: Dockerfile,
    lock: bytes,
    *,
    architecture: str = ARCHITECTURE,
) -> Blobs:
    """Make the image of files: the same on every machine and at any time.

    Parameters
    ----------
    files
        Files and symbolic links by their path in the image.
    dockerfile
        What a container of the image runs.
    lock
        The packages that it runs with. They are not in the layer, but another lock is another
        image.
    architecture
        In the words of images: ``amd64``, ``arm64``.
    """
    layer = _layer(files)
    config = _json(
        {
            "architecture": architecture,
            "os": "linux",
            "config": {
                "Cmd": list(dockerfile.command),
                "Env": [f"{name}={value}" for name, value in dockerfile.environment.items()],
                "WorkingDir": f"/{CONTENT}",
                "Labels": {"requirements": digest_of(lock)},
            },
            "rootfs": {"type": "layers", "diff_ids": [digest_of(layer)]},
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(f"{_KIND}.config.v1+json", config),
            "layers": [_descriptor(f"{_KIND}.layer.v1.tar", layer)],
        }
    )
    return Blobs(manifest, config, layer)


def digest_of(content: bytes) -> str:
    """Name content by itself: ``sha256:<hex>``."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _layer(files: Mapping[str, Path]) -> bytes:
    """Pack the files so that only their names, content and executable bits count."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, file in files.items():
            entry = tarfile.TarInfo(path)
            if file.is_symlink():
                entry.type, entry.linkname = tarfile.SYMTYPE, str(file.readlink())
                archive.addfile(entry)
                continue
            content = file.read_bytes()
            entry.mode = 0o755 if file.stat().st_mode & 0o100 else 0o644
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
