"""What is kept with an image: its bill of materials and its provenance, as OCI referrers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.images import provenance, sbom
from pipeline.images.image import Build
from pipeline.images.referrers import Document, attach, find

BILL_OF_MATERIALS = "sbom"
PROVENANCE = "provenance"


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
        The archive can't be read.
    AwsError
        The registry refuses.
    """
    documents: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
        (
            BILL_OF_MATERIALS,
            sbom.MEDIA_TYPE,
            lambda: sbom.bill_of_materials(archive, name=build.repository, version=build.digest),
        ),
        (PROVENANCE, provenance.MEDIA_TYPE, lambda: provenance.statement(build)),
    )
    for kind, media_type, write in documents:
        if find(ecr, build.repository, build.digest, kind, media_type) is None:
            document = Document(kind=kind, media_type=media_type, content=write())
            attach(ecr, build.repository, build.digest, document)
