"""``python -m pipeline changes``: what an environment would get, for whoever approves it.

It stops the stage where the environment's window or a freeze says that it is no time for that.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.releases.files import shortened, write_variables
from pipeline.releases.images import ImageChange, image_changes
from pipeline.releases.place import Place, add_environments, open_places
from pipeline.releases.window import refusal
from slipway.changes import Effect
from slipway.preview import Difference, compare, counted, text

# A manual approval shows a thousand characters, and variables resolve into it.
# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
_LONGEST_SUMMARY = 800
_WORST = (Effect.REFUSE, Effect.REPLACE, Effect.REMOVE, Effect.MAY_REPLACE)
_MOST_NAMED = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_environments(parser)
    parser.add_argument(
        "--assembly", required=True, type=Path, metavar="DIR", help="what was synthesised: cdk.out"
    )
    parser.add_argument(
        "--output",
        required=True,
        type=Path,
        metavar="FILE",
        help="the file for the whole text; beside it, variables for the shell",
    )


def run(options: argparse.Namespace) -> None:
    """Say what the environments would get, and stop where it is no time for that."""
    settings, places = open_places(options.environments)
    found = [
        (
            place,
            compare(settings, place.name, place.aws.cloudformation, options.assembly),
            image_changes(place, options.assembly),
        )
        for place in places
    ]
    whole = "\n\n".join(_whole(*each) for each in found) + "\n"
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(whole, encoding="utf-8")
    print(whole, flush=True)
    said = " ".join(summary(*each) for each in found)
    write_variables(options.output.parent, {"CHANGES_SUMMARY": with_link(said, os.environ)})
    now = datetime.now(UTC)
    if refused := [why for place in places if (why := refusal(place.environment, now))]:
        raise PipelineError("\n".join(refused))


def _whole(place: Place, found: Difference, images: Sequence[ImageChange]) -> str:
    lines = [f"{place.name}, images", *(f"  {each}" for each in images), ""]
    lines += [f"{place.name}, stacks", "", text(found)]
    lines += [f"{stack} is in {where}, and not compared" for stack, where in found.left_out.items()]
    return "\n".join(lines)


def summary(place: Place, found: Difference, images: Sequence[ImageChange]) -> str:
    """Put the worst into a line."""
    changed = [each for each in images if each.is_change]
    said = f"{place.name}: images: {', '.join(each.brief for each in changed) or 'none changes'}."
    said += f" Stacks: {counted(found) or 'nothing that is deployed changes'}"
    if found.new_stacks:
        said += f", {len(found.new_stacks)} new"
    said += "."
    worst = [
        f"{each.effect.value} {each.path}"
        for effect in _WORST
        for each in found.changes
        if each.effect is effect
    ]
    if worst:
        more = f" and {len(worst) - _MOST_NAMED} more" if len(worst) > _MOST_NAMED else ""
        said += f" Look at: {', '.join(worst[:_MOST_NAMED])}{more}."
    if found.taken:
        said += f" What must stay and would go: {len(found.taken)}."
    return said


def with_link(said: str, variables: Mapping[str, str]) -> str:
    """Add where the whole text is; the link is never cut.

    https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
    """
    address = variables.get("CODEBUILD_BUILD_URL", "")
    link = f" All of it: {address}" if address else ""
    return shortened(said, _LONGEST_SUMMARY - len(link)) + link
