"""What an image is made of, in 16 hexadecimal digits: the same on every machine and clone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from slipway.dockerfile import context_files

LENGTH = 16
_CHUNK = 1 << 20


def fingerprint(folder: Path, arguments: Mapping[str, str]) -> str:
    """Return the fingerprint of the sources of a service's image.

    It covers the Dockerfile, the build arguments, and of each file that .dockerignore leaves the
    path, the content and whether it can be executed. It doesn't cover times, owners and other
    permissions: a clone has its own. Base images count through the Dockerfile, which names them by
    digest. The architecture is no part of it: images of one source have one fingerprint, and the
    tag names the architecture beside it.

    What an instruction fetches from the network at build time isn't covered either: such content
    is as fresh as the last change of the sources. Name it by version and digest, as the locks of
    our services do.

    Parameters
    ----------
    folder
        The service's folder.
    arguments
        The build arguments that shape the image.
    """
    contents = {path: _describe(file) for path, file in context_files(folder).items()}
    description = {
        "Dockerfile": _sha256(folder / "Dockerfile"),
        "arguments": dict(arguments),
        "files": contents,
    }
    text = json.dumps(description, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def _describe(file: Path) -> list[str]:
    if file.is_symlink():
        return ["link", str(file.readlink())]
    # Git keeps this one permission.
    kind = "executable" if file.stat().st_mode & 0o100 else "file"
    return [kind, _sha256(file)]


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
