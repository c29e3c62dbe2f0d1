"""``slipway synth``: the templates of all environments, or of one, and how large they are."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slipway.changes import AssembledStack, Template, assembled_stacks
from slipway.cli import output
from slipway.cli.assembly import synthesise
from slipway.cli.commands import commands_in
from slipway.cli.errors import ExitCode
from slipway.cli.lock import note_new_services
from slipway.rehearsal.one_at_a_time import one_at_a_time
from slipway.settings import load

MOST_RESOURCES = 500
"""Of a stack.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
MOST_BYTES = 1_048_576
"""Of a template in Amazon S3: 1 MB. The CDK puts every template there."""


@dataclass(frozen=True, kw_only=True)
class SynthesisedStack:
    """A stack, and how much of what CloudFormation allows it takes."""

    name: str
    place: str
    """``aws://<account>/<region>``."""
    resources: int
    """CloudFormation takes 500."""
    bytes: int
    """The template's size as it is sent; CloudFormation takes 1,048,576."""

    @property
    def is_too_large(self) -> bool:
        """Whether CloudFormation refuses it."""
        return self.resources > MOST_RESOURCES or self.bytes > MOST_BYTES


@dataclass(frozen=True, kw_only=True)
class Synthesis:
    """What was synthesised."""

    folder: str
    """The cloud assembly, from the checkout."""
    stacks: tuple[SynthesisedStack, ...]


def synth(root: Path, environment: str | None, *, as_json: bool) -> int:
    """Note new services in the locks, synthesise into cdk.out, and list the stacks.

    Raises
    ------
    SettingsError
        There is no such environment, or the settings are wrong.
    RehearsalError
        The synthesis failed.
    """
    settings = load(root)
    if environment is not None:
        settings.environment(environment)
    logs = root / "build" / "synthesis"
    logs.mkdir(parents=True, exist_ok=True)
    # cdk.out is one folder for all: where another process writes to it, its templates are of two.
    with one_at_a_time(logs / "cdk.out.lock", waiting=_tell_that_it_waits):
        note_new_services(settings, _tell)
        synthesise(root, environment, into=root / "cdk.out", log=logs / "cdk.log")
        stacks = assembled_stacks(root / "cdk.out")
    found = _measured(stacks)
    output.show(found, text=text(found, environment), as_json=as_json)
    return ExitCode.FAILED if any(each.is_too_large for each in found.stacks) else ExitCode.DONE


def _tell_that_it_waits() -> None:
    _tell("Another slipway synth writes cdk.out: waiting for its end")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _measured(stacks: Sequence[AssembledStack]) -> Synthesis:
    return Synthesis(
        folder="cdk.out",
        stacks=tuple(
            SynthesisedStack(
                name=stack.name,
                place=stack.place,
                resources=len(stack.template.get("Resources", {})),
                bytes=_size(stack.template),
            )
            for stack in stacks
        ),
    )


def _size(template: Template) -> int:
    # As the CDK writes it: an indent of one.
    return len(json.dumps(template, indent=1, ensure_ascii=False).encode())


def text(found: Synthesis, environment: str | None) -> str:
    """Put it as a person reads it: a line for each stack."""
    width = max((len(each.name) for each in found.stacks), default=0)
    lines = [
        f"{each.name:<{width}}  {each.resources:>3} resources  {each.bytes / 1024:>6.1f} KB"
        + ("  TOO LARGE" if each.is_too_large else "")
        for each in found.stacks
    ]
    commands = commands_in(environment or "ENV")
    biggest = max((each.resources for each in found.stacks), default=0)
    return "\n".join(
        [
            *lines,
            "",
            f"{len(found.stacks)} stacks in {found.folder}, the largest with {biggest} of "
            f"{MOST_RESOURCES} resources.",
            f"Next: {', or '.join(map(commands.about_environment, ('diff', 'deploy')))}",
        ]
    )
