"""``python -m pipeline images``: join and judge the images that were built, and write digests.

The digests file is what synthesis reads, so it is written last, and at once: no template names an
image that was not judged.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.aws import CONFIG, session_of
from pipeline.errors import PipelineError, each
from pipeline.images.gate import gate
from pipeline.images.repository import RegisteredImage, Repository
from pipeline.images.results import Result, Results, write_json
from pipeline.images.sources import ImageSource, image_sources, source_tag
from slipway.settings import load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "folders",
        nargs="+",
        type=Path,
        metavar="DIR",
        help="what the build of an architecture left",
    )
    parser.add_argument(
        "--output", required=True, type=Path, help="the file of digests: build/images.json"
    )


def run(options: argparse.Namespace) -> None:
    """Write the digest of every service's image, after each was judged."""
    settings = load(Path.cwd())
    results = _read(options.folders)
    deferred = {service for one in results.values() for service in one.deferred}
    sources = [
        source for source in image_sources(settings).values() if source.service not in deferred
    ]
    built = dict(each(sources, lambda source: (source.service, _results_of(source, results))))
    ecr = session_of(settings.application.tooling).client("ecr", config=CONFIG)
    digests = dict(
        each(sources, lambda source: (source.service, _join(ecr, source, built[source.service])))
    )
    images = settings.application.images

    def judge(source: ImageSource) -> None:
        gate(
            ecr,
            repository=source.repository,
            digest=digests[source.service],
            allowed_findings=images.allowed_findings,
            signing=images.signing,
            tell=lambda sentence: print(sentence, flush=True),
        )

    each(sources, judge)
    # Synthesis is told of those that it is to do without: any other it would miss.
    write_json(options.output, digests | dict.fromkeys(deferred))
    for service in sorted(deferred):
        print(f"{service} has no image yet: its repository comes with the Registry stack")
    print(f"{len(digests)} digests are in {options.output}")


def _read(folders: Iterable[Path]) -> dict[str, Results]:
    files = [file for folder in folders for file in sorted(folder.glob("*.json"))]
    found = [Results.read(file) for file in files]
    return {results.architecture: results for results in found}


def _results_of(source: ImageSource, results: Mapping[str, Results]) -> dict[str, Result]:
    """Return the image of each architecture that the service needs."""
    found = {
        architecture: results[architecture].images[source.service]
        for architecture in source.architectures
        if architecture in results and source.service in results[architecture].images
    }
    if missing := [name for name in source.architectures if name not in found]:
        raise PipelineError(
            f"{source.service} has no image for {' and '.join(missing)}: run "
            f"python -m pipeline build --architecture {missing[0]}, and give me its folder"
        )
    if len({result.fingerprint for result in found.values()}) > 1:
        raise PipelineError(
            f"The images of {source.service} are made of different sources: build all of them "
            "from one commit"
        )
    return found


def _join(ecr: Any, source: ImageSource, results: Mapping[str, Result]) -> str:
    """Return what a task definition will name: an image, or an index of several."""
    if len(results) == 1:
        (result,) = results.values()
        return result.digest
    repository = Repository(ecr, source.repository)
    fingerprint = next(iter(results.values())).fingerprint
    images = {
        architecture: _image(repository, source_tag(fingerprint, architecture), result)
        for architecture, result in results.items()
    }
    index = repository.put_index(images, source_tag(fingerprint))
    print(f"{source.service} runs on {' and '.join(results)}: {source.repository}@{index.digest}")
    return index.digest


def _image(repository: Repository, tag: str, result: Result) -> RegisteredImage:
    image = repository.find(tag)
    if image is None or image.digest != result.digest:
        raise PipelineError(
            f"{repository.name}:{tag} is not {result.digest} any more: run the builds again"
        )
    return image
