"""``slipway diff``: what a deployment of an environment would do, before anybody deploys it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from slipway.changes import (
    MUST_STAY,
    Change,
    Effect,
    Template,
    assembled_stacks,
    changes_of_stacks,
    takes_away,
)
from slipway.cli.account import open_account
from slipway.cli.usage import UsageError
from slipway.rehearsal import kept
from slipway.rehearsal.cdk import run_cdk
from slipway.release.errors import aws_errors
from slipway.settings import Settings, load
from slipway.settings.names import ENVIRONMENT_STACKS

_CHECKOUT = Path(__file__).resolve().parents[2]
_WIDTH = 80
_INDENT = " " * 14
_TOLD = {
    Effect.REFUSE: "refused",
    Effect.REPLACE: "replaced",
    Effect.REMOVE: "removed",
    Effect.MAY_REPLACE: "maybe replaced",
    Effect.INTERRUPT: "interrupted",
    Effect.UPDATE: "updated",
    Effect.ADD: "added",
}


@dataclass(frozen=True)
class Difference:
    """What deploying an environment would do."""

    environment: str
    stacks: Mapping[str, tuple[Change, ...]]
    new_stacks: frozenset[str]
    """Those that are not deployed yet."""
    left_out: Mapping[str, str]
    """Stacks in another place, and which: ``aws://<account>/<region>``."""


def show(root: Path, environment: str, *, assembly: Path | None, as_json: bool, check: bool) -> int:
    """Say what a deployment would do; with `check`, fail where it takes away what must stay.

    Raises
    ------
    SettingsError
        There is no such environment, or the settings are wrong.
    UsageError
        The assembly holds no stack of the environment.
    ReleaseError
        AWS refused or can't be reached, or the credentials are of another account.
    RehearsalError
        The synthesis failed, or the environment is rehearsed and no rehearsal is kept.
    AssemblyError
        The assembly can't be read.
    """
    settings = load(root)
    aws = open_account(root, settings, environment)
    found = compare(
        settings, environment, aws.cloudformation, assembly or _synthesise(root, environment)
    )
    print(json.dumps(plain(found), indent=2) if as_json else text(found))
    for stack, place in found.left_out.items():
        print(f"{stack} is in {place}: these credentials don't reach it", file=sys.stderr)
    return 1 if check and any(map(takes_away, _all(found))) else 0


def compare(
    settings: Settings, environment: str, cloudformation: Any, assembly: Path
) -> Difference:
    """Compare an environment's stacks in an assembly with those that are deployed."""
    names = settings.names(environment)
    place = settings.environment(environment)
    here = f"aws://{place.account}/{place.region}"
    registries = {each.stack for each in settings.registries if place in each.environments}
    wanted = registries | {
        names.stack(each) for each in (*ENVIRONMENT_STACKS, *settings.services(environment))
    }
    stacks = [each for each in assembled_stacks(assembly) if each.name in wanted]
    if not stacks:
        raise UsageError(f"{assembly} holds no stack of {environment}: synthesise it again")
    after = {each.name: each.template for each in stacks if each.place == here}
    before = {
        name: template
        for name in after
        if (template := _deployed(cloudformation, name)) is not None
    }
    changes = changes_of_stacks(_as_given_back(before), _as_given_back(after))
    return Difference(
        environment=environment,
        stacks=changes,
        new_stacks=frozenset(after.keys() - before.keys()),
        left_out={each.name: each.place for each in stacks if each.place != here},
    )


def plain(found: Difference) -> dict[str, Any]:
    """Return what JSON can hold."""
    return {
        "environment": found.environment,
        "stacks": [
            {
                "name": name,
                "is_new": name in found.new_stacks,
                "changes": [
                    {
                        **asdict(change),
                        "effect": change.effect.value,
                        "takes_away": takes_away(change),
                    }
                    for change in changes
                ],
            }
            for name, changes in found.stacks.items()
        ],
        "left_out": dict(found.left_out),
    }


def text(found: Difference) -> str:
    """Put it as a person reads it, the worst first, in 80 columns."""
    lines = []
    for name, changes in found.stacks.items():
        if name in found.new_stacks:
            lines.append(f"{name}: new, resources: {len(changes)}")
        elif not changes:
            lines.append(f"{name}: no change")
        else:
            lines += ["", name, *(line for each in changes for line in _lines(each)), ""]
    return "\n".join([*lines, "", _summary(found)]).strip().replace("\n\n\n", "\n\n")


def _lines(change: Change) -> Iterator[str]:
    what = change.type.removeprefix("AWS::")
    if change.properties:
        what += f": {', '.join(change.properties)}"
    details = [what, *change.notes]
    if takes_away(change):
        details.append(f"must stay: {MUST_STAY[change.type]}")
    yield f"  {change.effect.value:<11} {change.path}"
    for each in details:
        yield from textwrap.wrap(
            each, _WIDTH, initial_indent=_INDENT, subsequent_indent=f"{_INDENT}  "
        )


def _summary(found: Difference) -> str:
    counted = Counter(
        each.effect
        for name, changes in found.stacks.items()
        if name not in found.new_stacks
        for each in changes
    )
    if not counted:
        return "Nothing that is deployed would change."
    told = ", ".join(f"{counted[each]} {_TOLD[each]}" for each in Effect if counted[each])
    taken = sum(map(takes_away, _all(found)))
    return f"{told}.\nWhat must stay and would go: {taken or 'nothing'}."


def _all(found: Difference) -> Iterator[Change]:
    for changes in found.stacks.values():
        yield from changes


def _deployed(cloudformation: Any, stack: str) -> Template | None:
    """Read the template of a deployed stack; None where there is none.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html
    """
    with aws_errors(f"read the template of {stack}"):
        try:
            template = cloudformation.get_template(StackName=stack)["TemplateBody"]
        except cloudformation.exceptions.ClientError as error:
            if "does not exist" not in str(error):
                raise
            return None
    if not isinstance(template, Mapping):
        raise UsageError(f"The template of {stack} is not JSON: the CDK has not deployed it")
    return template


def _as_given_back(templates: Mapping[str, Template]) -> Mapping[str, Template]:
    """Write templates as CloudFormation gives them back: what is not ASCII, it shows as "?".

    Undocumented: aws-cloudformation/cloudformation-coverage-roadmap#1220.
    """
    characters = json.dumps(templates, ensure_ascii=False).encode("ascii", errors="replace")
    given_back: Mapping[str, Template] = json.loads(characters)
    return given_back


def _synthesise(root: Path, environment: str) -> Path:
    directory = root / "build" / "diff"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    print(f"Synthesising {environment}", file=sys.stderr, flush=True)
    run_cdk(
        "synth",
        *("--context", f"settings={root}", "--context", f"environment={environment}"),
        *_images(root, environment),
        *("--output", str(directory / "cdk.out"), "--quiet"),
        project=_CHECKOUT,
        # The library's own validator takes most of a synthesis, and `make check` runs it.
        environment={**os.environ, "CDK_VALIDATION": "false"},
        log=directory / "cdk.log",
    )
    return directory / "cdk.out"


def _images(root: Path, environment: str) -> tuple[str, ...]:
    """Name the images of the rehearsal that is kept, where it is what is looked at."""
    if environment != kept.ENVIRONMENT:
        return ()
    return ("--context", f"images={Path(kept.find(root).workspace).with_name('images.json')}")
