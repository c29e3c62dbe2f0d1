"""Which services have an image to build, for which architectures, and from what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.images.engine import TIMESTAMP
from pipeline.images.fingerprint import fingerprint
from slipway.settings import Settings

# What every image is built with, and so a part of what it is made of.
BUILD_ARGUMENTS = {"SOURCE_DATE_EPOCH": str(TIMESTAMP)}


@dataclass(frozen=True)
class ImageSource:
    """A service whose image is built from its folder.

    Attributes
    ----------
    service
        Such as ``storefront``.
    folder
        With its Dockerfile.
    repository
        Where its images go: ``shop/storefront``.
    architectures
        Those that it is built for, in alphabetical order; an index joins several.
    """

    service: str
    folder: Path
    repository: str
    architectures: tuple[str, ...]

    @property
    def place(self) -> str:
        """Where its Dockerfile is, as a person calls it: ``services/storefront/Dockerfile``."""
        return f"services/{self.service}/Dockerfile"


def image_sources(settings: Settings) -> Mapping[str, ImageSource]:
    """Find the services that have an image in the application's registry.

    Those of the environments that the pipeline deploys; without a pipeline, of those that share
    the application's registry.
    """
    tooling = settings.application.tooling
    environments = [each.name for wave in settings.waves for each in wave] or [
        name for name in settings.environments if settings.tooling(name) == tooling
    ]
    architectures: dict[str, set[str]] = {}
    repositories = {}
    for environment in environments:
        for name, service in settings.services(environment).items():
            if service.image_architectures:
                architectures.setdefault(name, set()).update(service.image_architectures)
                repositories[name] = settings.names(environment).repository(name)
    return {
        name: ImageSource(
            name, settings.root / "services" / name, repositories[name], tuple(sorted(found))
        )
        for name, found in sorted(architectures.items())
    }


def source_fingerprint(source: ImageSource) -> str:
    """Return what the image of a service is made of: 16 hexadecimal digits."""
    return fingerprint(source.folder, BUILD_ARGUMENTS)


def source_tag(fingerprint: str, architecture: str | None = None) -> str:
    """Return the tag of what is made of a source; without an architecture, of the index."""
    suffix = f"-{architecture}" if architecture else ""
    return f"source-{fingerprint}{suffix}"
