"""What is kept with an image: its bill of materials and its provenance, as OCI referrers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.images.image import Build


def attach_evidence(ecr: Any, build: Build, archive: Path) -> None:
    """Write the bill of materials and the provenance of an image, and attach them to it.

    Called after the push under the tag of the build, and before the image gets the tag of its
    source: an image that is found by the tag of its source has its evidence. Called again for an
    image that has it already (the same bytes may be built twice), it changes nothing.

    Parameters
    ----------
    ecr
        The boto3 client of the registry's account.
    build
        The image, and how it was built.
    archive
        The image as ``docker save`` writes it: a tar with a ``manifest.json`` that names the
        configuration and the layers.

    Raises
    ------
    PipelineError
        The archive can't be read, or the registry refuses.
    """
