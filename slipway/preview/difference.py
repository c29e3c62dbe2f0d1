"""Compare an environment's stacks in an assembly with those that are deployed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.changes import (
    AssemblyError,
    Change,
    Effect,
    Template,
    assembled_stacks,
    changes_of_stacks,
    takes_away,
)
from slipway.release.errors import aws_errors
from slipway.settings import Settings
from slipway.settings.names import ENVIRONMENT_STACKS


@dataclass(frozen=True)
class Difference:
    """What deploying an environment would do."""

    environment: str
    stacks: Mapping[str, tuple[Change, ...]]
    new_stacks: frozenset[str]
    """Those that are not deployed yet."""
    left_out: Mapping[str, str]
    """Stacks in another place, and which: ``aws://<account>/<region>``."""

    @property
    def changes(self) -> Iterator[Change]:
        """What would change, of all stacks."""
        for changes in self.stacks.values():
            yield from changes

    @property
    def counts(self) -> Counter[Effect]:
        """How many resources that are deployed meet which fate."""
        return Counter(
            each.effect
            for name, changes in self.stacks.items()
            if name not in self.new_stacks
            for each in changes
        )

    @property
    def taken(self) -> tuple[Change, ...]:
        """What must stay and would go."""
        return tuple(filter(takes_away, self.changes))


def compare(
    settings: Settings, environment: str, cloudformation: Any, assembly: Path
) -> Difference:
    """Compare an environment's stacks in an assembly with those that are deployed.

    Raises
    ------
    AssemblyError
        The assembly can't be read or holds no stack of the environment, or what is deployed is not
        the CDK's.
    AwsError
        AWS refuses or can't be reached.
    """
    names = settings.names(environment)
    place = settings.environment(environment)
    here = f"aws://{place.account}/{place.region}"
    registries = {each.stack for each in settings.registries if place in each.environments}
    wanted = registries | {
        names.stack(each) for each in (*ENVIRONMENT_STACKS, *settings.services(environment))
    }
    stacks = [each for each in assembled_stacks(assembly) if each.name in wanted]
    if not stacks:
        raise AssemblyError(f"{assembly} holds no stack of {environment}: synthesise it again")
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
        raise AssemblyError(f"The template of {stack} is not JSON: the CDK has not deployed it")
    return template


def _as_given_back(templates: Mapping[str, Template]) -> Mapping[str, Template]:
    """Write templates as CloudFormation gives them back: what is not ASCII, it shows as "?".

    Undocumented: aws-cloudformation/cloudformation-coverage-roadmap#1220.
    """
    characters = json.dumps(templates, ensure_ascii=False).encode("ascii", errors="replace")
    given_back: Mapping[str, Template] = json.loads(characters)
    return given_back
