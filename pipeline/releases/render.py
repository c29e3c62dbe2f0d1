"""``python -m pipeline render``: what is to be released, as files, and which services need it.

It changes nothing. The stages that follow release from these files and never ask the stacks again:
a stage that is rolled back gets the files of the execution that went well.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline.errors import each
from pipeline.releases.commit import tagged, this_commit
from pipeline.releases.files import Rendered, release_variable, write_variables
from pipeline.releases.place import Place, add_environments, open_places
from slipway.release import appspec, taskdef
from slipway.release.content import what_a_release_changes
from slipway.release.live import primary_task_set
from slipway.release.render import PLACEHOLDER


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_environments(parser)
    parser.add_argument(
        "--output",
        required=True,
        type=Path,
        metavar="DIR",
        help="the folder for <environment>/<service>/{taskdef.json,appspec.yaml} and variables",
    )


def run(options: argparse.Namespace) -> None:
    """Render every service of the environments, and say which of them need a release."""
    _, places = open_places(options.environments)
    services = [(place, service) for place in places for service in place.services]
    needed = dict.fromkeys((service for _, service in services), False)

    def render(item: tuple[Place, str]) -> None:
        place, service = item
        rendered, changes = _render(place, service)
        rendered.write(options.output, place.name, service)
        needed[service] |= bool(changes)
        what = f"a release changes {', '.join(changes)}" if changes else "nothing to release"
        place.tell(service)(what)

    each(services, render)
    # Last: without it, nothing is released.
    write_variables(
        options.output,
        {
            release_variable(service): str(is_needed).lower()
            for service, is_needed in needed.items()
        },
    )


def _render(place: Place, service: str) -> tuple[Rendered, tuple[str, ...]]:
    """Render a service, and name what a release of it would change."""
    target = place.target(service)
    # Refuses an image that was never built.
    wanted = taskdef(place.aws.ecs, target.revision)
    primary = primary_task_set(place.aws, target)
    changes = what_a_release_changes(place.aws, target, primary, wanted)
    rendered = Rendered(taskdef=tagged(wanted, this_commit()), appspec=appspec(target, PLACEHOLDER))
    return rendered, changes
