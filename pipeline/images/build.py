"""``python -m pipeline build``: build and push the images of one architecture, each once.

An image has the tag ``source-<fingerprint>-<architecture>``. Where the registry knows that tag,
there is nothing to build: the same command may run again, be killed, or run twice at a time. The
tag comes last, after the image and all that is kept with it:

1. build, and push under ``build-<id>-<architecture>``, which is this run's own;
2. attach the bill of materials and the provenance;
3. add the tag of the source. If somebody else was faster, theirs is the image.

Killed in between, it leaves an image that only its build's tag names, and that nothing deploys.

A service whose repository isn't there yet is new: the pipeline that runs doesn't know it
(``KNOWN_SERVICES``), will change itself, and start again with its image. So it is deferred.
"""

from __future__ import annotations

import argparse
import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.aws import CONFIG, session_of
from pipeline.errors import each
from pipeline.images.base_images import BaseImages, base_images
from pipeline.images.builder import ImageBuilder, Order
from pipeline.images.engine import PLATFORMS, ContainerEngine, find_engine
from pipeline.images.provenance import source_of
from pipeline.images.repository import Repository, RepositoryMissingError
from pipeline.images.results import Result, Results
from pipeline.images.sources import ImageSource, image_sources, source_fingerprint, source_tag
from slipway.release.errors import aws_errors
from slipway.settings import PipelineNames, Settings, load

# The services that the pipeline had when it was deployed last, with spaces in between.
KNOWN_SERVICES = "KNOWN_SERVICES"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--architecture", required=True, choices=tuple(PLATFORMS))
    parser.add_argument(
        "--output", required=True, type=Path, help="the folder for <architecture>.json"
    )


def run(options: argparse.Namespace) -> None:
    """Build what the registry doesn't have yet, and write down what it has now."""
    settings = load(Path.cwd())
    architecture = options.architecture
    sources = [
        source
        for source in image_sources(settings).values()
        if architecture in source.architectures
    ]
    # Whoever wrote something that can't be built hears it before the first image is built.
    bases = dict(each(sources, lambda source: (source.service, _base_images(settings, source))))
    ecr = session_of(settings.application.tooling).client("ecr", config=CONFIG)
    found = dict(each(sources, lambda source: (source.service, _find(ecr, source, architecture))))
    orders = [
        Order(source, bases[source.service], fingerprint)
        for source in sources
        if isinstance(fingerprint := found[source.service], str)
    ]
    images = {name: image for name, image in found.items() if isinstance(image, Result)}
    images |= _build(settings, ecr, architecture, orders)
    deferred = tuple(name for name, image in found.items() if image is None)
    file = Results(architecture, images, deferred).write(options.output)
    print(f"{len(orders)} of {len(images)} images for {architecture} were built: see {file}")


def _base_images(settings: Settings, source: ImageSource) -> BaseImages:
    bases = base_images(source.folder / "Dockerfile", source.place)
    if settings.application.images.base_image_cache:
        bases.require_cacheable(source.place)
    return bases


def _find(ecr: Any, source: ImageSource, architecture: str) -> Result | str | None:
    """Return the image, its fingerprint if it is to be built, or None if it must wait."""
    fingerprint = source_fingerprint(source)
    try:
        image = Repository(ecr, source.repository).find(source_tag(fingerprint, architecture))
    except RepositoryMissingError:
        if source.service in os.environ.get(KNOWN_SERVICES, "").split():
            raise
        print(
            f"{source.service} waits: it is new, and its repository {source.repository} comes with "
            "the Registry stack"
        )
        return None
    if image is None:
        return fingerprint
    print(f"{source.service} has not changed: {source.repository}@{image.digest}")
    return Result(image.digest, fingerprint, reused=True)


def _build(
    settings: Settings, ecr: Any, architecture: str, orders: Sequence[Order]
) -> dict[str, Result]:
    if not orders:
        return {}
    engine = ContainerEngine(find_engine())
    with aws_errors("log in to the registry"):
        token = ecr.get_authorization_token()
    images = settings.application.images
    names = PipelineNames(settings.application.application)
    with engine.logged_in(token) as registry:
        builder = ImageBuilder(
            ecr,
            engine,
            registry=registry,
            architecture=architecture,
            build_id=_build_id(os.environ),
            source=source_of(settings.application.pipeline),
            revision=os.environ.get("CODEBUILD_RESOLVED_SOURCE_VERSION"),
            cache=f"{registry}/{names.base_image_cache}" if images.base_image_cache else None,
        )
        return dict(each(orders, lambda order: (order.source.service, builder.build(order))))


def _build_id(environment: Mapping[str, str]) -> str:
    """Return what only this run is called: a project of CodeBuild has ``project:id``.

    https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
    """
    _, _, run_id = environment.get("CODEBUILD_BUILD_ID", "").partition(":")
    return run_id or str(uuid.uuid4())
