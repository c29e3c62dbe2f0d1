"""``python -m pipeline check``: whether a release has left a service as it should be.

The last step of the stage that releases a service. Only where everything is as it should be are
the images marked as live: the marks say what can be gone back to.
"""

from __future__ import annotations

import argparse

import boto3

from pipeline.aws import CONFIG
from pipeline.errors import PipelineError, each
from pipeline.images.marks import mark_live
from pipeline.releases.answer import answer
from pipeline.releases.files import Rendered
from pipeline.releases.place import Place, add_environments, open_places
from pipeline.releases.prepare import add_service
from pipeline.releases.verification import mistakes
from slipway.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_environments(parser)
    add_service(parser)


def run(options: argparse.Namespace) -> None:
    """Check a service in all environments, and mark its images where all is well."""
    settings, places = open_places(options.environments)
    service = options.service

    def check(place: Place) -> None:
        rendered = Rendered.read(options.rendered, place.name, service)
        target = place.target(service)
        tell = place.tell(service)
        wrong = [*mistakes(place.aws, target, rendered, tell=tell)]
        if not wrong:
            wrong += filter(None, [answer(settings, place, service, target, tell)])
        if wrong:
            raise PipelineError(
                f"{service} in {place.name} is not as it was released: {'; '.join(wrong)}. See "
                f"{target.command('status')}; {target.command('rollback')} takes it back"
            )
        _mark(settings, place, service, rendered)

    each(places, check)


def _mark(settings: Settings, place: Place, service: str, rendered: Rendered) -> None:
    """Move the marks in the registry, where the image is in ours."""
    tell = place.tell(service)
    if place.services[service].image is not None:
        tell("runs an image from elsewhere, which has no marks")
        return
    registry = settings.tooling(place.name)
    ecr = boto3.Session().client("ecr", region_name=registry.region, config=CONFIG)
    repository = place.names.repository(service)
    digests = {
        image.partition("@")[2]
        for image in rendered.images.values()
        if image.partition("@")[0].partition("/")[2] == repository
    }
    for digest in sorted(digests):
        before = mark_live(ecr, repository, digest, environment=place.name)
        tell(f"{digest} is marked live-{place.name}" + (f", before it {before}" if before else ""))
