"""Builds images, and leaves each in the registry with its evidence and its tags."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.errors import PipelineError
from pipeline.images.base_images import BaseImages
from pipeline.images.engine import ContainerEngine
from pipeline.images.evidence import attach_evidence
from pipeline.images.image import Build
from pipeline.images.repository import Repository
from pipeline.images.results import Result
from pipeline.images.sources import BUILD_ARGUMENTS, ImageSource, source_tag


@dataclass(frozen=True)
class Order:
    """An image to build: of which service, on what, and made of what."""

    source: ImageSource
    bases: BaseImages
    fingerprint: str


class ImageBuilder:
    """Builds images of one architecture for one registry.

    Parameters
    ----------
    ecr
        The boto3 client of the registry's account.
    engine
        Logged in to the registry.
    registry
        Its host.
    architecture
        ``x86_64`` or ``arm64``: this machine's own, as nothing is emulated.
    build_id
        What only this run is called.
    source, revision
        The repository of the sources and its commit, where they are known.
    cache
        Where base images of Amazon ECR Public are cached: ``<registry>/<prefix>``.
    """

    def __init__(
        self,
        ecr: Any,
        engine: ContainerEngine,
        *,
        registry: str,
        architecture: str,
        build_id: str,
        source: str | None,
        revision: str | None,
        cache: str | None,
    ) -> None:
        self._ecr, self._engine, self._registry = ecr, engine, registry
        self._architecture, self._build_id = architecture, build_id
        self._source, self._revision, self._cache = source, revision, cache

    def build(self, order: Order) -> Result:
        """Build an image and push it, unless somebody else was faster.

        Raises
        ------
        PipelineError, ReleaseError
            The engine fails, or the registry refuses.
        """
        source, tag = order.source, f"build-{self._build_id}-{self._architecture}"
        repository = Repository(self._ecr, source.repository)
        reference = f"{self._registry}/{source.repository}:{tag}"
        arguments = order.bases.from_cache(self._cache) if self._cache else {}
        started = datetime.now(UTC)
        print(f"{source.service} is built: {source.repository}:{tag}", flush=True)
        self._engine.build(
            source.folder,
            reference=reference,
            architecture=self._architecture,
            arguments=arguments,
        )
        finished = datetime.now(UTC)
        with tempfile.TemporaryDirectory(prefix="slipway-image-") as folder:
            archive = Path(folder) / "image.tar"
            self._engine.save(reference, archive)
            self._engine.push(reference)
            image = repository.find(tag)
            if image is None:
                raise PipelineError(
                    f"{source.repository}:{tag} was pushed, and the registry has no such image: "
                    "run the step again"
                )
            build = Build(
                service=source.service,
                repository=source.repository,
                digest=image.digest,
                architecture=self._architecture,
                fingerprint=order.fingerprint,
                base_images=order.bases.references,
                build_arguments={**BUILD_ARGUMENTS, **arguments},
                build_id=self._build_id,
                source=self._source,
                revision=self._revision,
                started=started,
                finished=finished,
            )
            attach_evidence(self._ecr, build, archive)
        tagged = repository.tag(image, source_tag(order.fingerprint, self._architecture))
        if tagged.digest != image.digest:
            print(f"{source.service} was built by another run meanwhile, whose image is used")
        print(f"{source.service} is pushed: {source.repository}@{tagged.digest}", flush=True)
        return Result(tagged.digest, order.fingerprint, reused=tagged.digest != image.digest)
