"""``python -m pipeline prepare``: a service's turn, its scaling at rest, and room for a release.

The first step of the stage that releases a service: what rests must not wait for another service.
"""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.errors import PipelineError, each
from pipeline.releases.files import Rendered
from pipeline.releases.place import Place, add_environments, open_places
from pipeline.releases.window import sleep
from slipway.release import Target
from slipway.release.content import content, differences
from slipway.release.earlier import goes_back
from slipway.release.live import live_task_set
from slipway.release.notes import Notes, other_tags
from slipway.release.preparation import prepared
from slipway.release.render import refuse_unreleasable_images
from slipway.release.turn import wait_for_turn

_WAIT = timedelta(hours=2)


@dataclass(frozen=True, kw_only=True)
class _Release:
    """The release of a service in one environment."""

    place: Place
    target: Target
    rendered: Rendered


def add_service(parser: argparse.ArgumentParser) -> None:
    """Declare ``--service`` and ``--rendered``."""
    parser.add_argument("--service", required=True, metavar="NAME", help="the service")
    parser.add_argument(
        "--rendered",
        required=True,
        type=Path,
        metavar="DIR",
        help="the folder with <environment>/<service>/{taskdef.json,appspec.yaml}",
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_environments(parser)
    add_service(parser)
    parser.add_argument(
        "--output", required=True, type=Path, metavar="DIR", help="the folder for the same, noted"
    )
    parser.add_argument(
        "--wait-minutes",
        type=int,
        default=int(_WAIT.total_seconds() // 60),
        metavar="N",
        help="how long to wait for a release that runs already: 120",
    )


def run(options: argparse.Namespace) -> None:
    """Prepare the release of a service in all environments, or in none."""
    if options.wait_minutes < 0:
        raise PipelineError("--wait-minutes must be 0 or more")
    service = options.service
    _, places = open_places(options.environments)
    now = datetime.now(UTC)
    if asleep := [why for place in places if (why := sleep(place.environment, now))]:
        raise PipelineError("\n".join(asleep))
    releases = each(places, lambda place: _read(place, service, options.rendered))
    # All of them, before one rests.
    wait = timedelta(minutes=options.wait_minutes)
    each(releases, lambda release: _wait(release, wait))
    with ExitStack() as undone_where_one_fails:
        for release in releases:
            notes = undone_where_one_fails.enter_context(_prepared(release))
            _noted(release.rendered, notes).write(options.output, release.place.name, service)
    for release in releases:
        release.place.tell(service)("ready for its deployment")


def _read(place: Place, service: str, folder: Path) -> _Release:
    rendered = Rendered.read(folder, place.name, service)
    refuse_unreleasable_images(dict(rendered.taskdef))
    return _Release(place=place, target=place.target(service), rendered=rendered)


def _wait(release: _Release, wait: timedelta) -> None:
    place, target = release.place, release.target
    wait_for_turn(place.aws, target, wait_for=wait, tell=place.tell(target.service))


def _prepared(release: _Release) -> AbstractContextManager[Notes]:
    place, target = release.place, release.target
    return prepared(
        place.aws,
        target,
        is_rollback=_is_rollback(release),
        tell=place.tell(target.service),
    )


def _is_rollback(release: _Release) -> bool:
    """Tell whether it takes out what is live.

    A stage that CodePipeline rolls back is released like any other, from earlier files; and a
    revert in the repository is a way back too.
    """
    aws, target, wanted = release.place.aws, release.target, release.rendered.taskdef
    live = live_task_set(aws, target)
    if live is None or not differences(wanted, content(aws, live.revision)):
        return False
    return goes_back(aws, target, live.revision, wanted)


def _noted(rendered: Rendered, notes: Notes) -> Rendered:
    """Add what the release notes for later ones to the tags of the revision."""
    tags = [*other_tags(rendered.taskdef.get("tags", [])), *notes.tags]
    return Rendered(taskdef={**rendered.taskdef, "tags": tags}, appspec=rendered.appspec)
