"""An image of one service and one architecture, as the registry has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Build:
    """How an image came to be: what its provenance is written from.

    Attributes
    ----------
    service
        Such as ``storefront``; its folder is ``services/<service>``.
    repository
        The repository in Amazon ECR: ``shop/storefront``.
    digest
        ``sha256:…`` of the image's manifest, which is one platform's and never an index.
    architecture
        ``x86_64`` or ``arm64``.
    fingerprint
        16 hexadecimal digits: what it was made of.
    base_images
        The images that the Dockerfile builds on, by digest, as the Dockerfile names them.
    build_arguments
        The build arguments that the engine was given.
    build_id
        The run of CodeBuild (or what ``--build-id`` says).
    source
        The repository of the source, where settings say it; see
        :func:`pipeline.images.provenance.source_of`.
    revision
        The commit of the source, where it is known.
    started, finished
        When the engine was at work, in UTC.
    """

    service: str
    repository: str
    digest: str
    architecture: str
    fingerprint: str
    base_images: tuple[str, ...]
    build_arguments: Mapping[str, str]
    build_id: str
    source: str | None
    revision: str | None
    started: datetime
    finished: datetime
