"""What a pipeline's template says of it: the model of its picture."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import Any

from slipway.changes import AssembledStack
from slipway.diagram import units
from slipway.diagram.templates import Resource, Templates, text_of, texts_of

_PIPELINE = "AWS::CodePipeline::Pipeline"
_STACK = "CloudFormation"
_KINDS = {
    "CodeBuild": "build",
    _STACK: "stack",
    "CodeDeployToECS": "release",
    "CodeDeploy": "release",
    "Manual": "approval",
}


@dataclass(frozen=True)
class Action:
    """One action, or several that belong together, such as both of a stack's."""

    names: tuple[str, ...]
    label: str
    kind: str
    """``source``, ``build``, ``stack``, ``release`` or ``approval``."""
    order: int
    times: int = 1
    """In how many places it does the same."""

    @property
    def shown(self) -> str:
        """What stands in the picture."""
        return f"{self.label} {units.TIMES} {self.times}" if self.times > 1 else self.label


@dataclass(frozen=True)
class Place:
    """An account and a region that a stage's actions work in."""

    account: str
    region: str


@dataclass(frozen=True)
class Stage:
    """A stage: its steps one after the other, the actions of each at the same time."""

    name: str
    label: str
    steps: tuple[tuple[Action, ...], ...]
    places: tuple[Place, ...]
    skipped: bool
    """It is left out where its condition doesn't hold."""
    rolled_back: bool
    """When it fails, it goes back to what went well before."""

    @property
    def sources(self) -> dict[str, str]:
        """Return where each action stands, by its name."""
        return {
            name: f"{self.name}/{name}"
            for step in self.steps
            for action in step
            for name in action.names
        }

    @property
    def shape(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """What stages that do the same for different services have in common."""
        return tuple(tuple((action.label, action.kind) for action in step) for step in self.steps)


@dataclass(frozen=True)
class Wave:
    """The stages of environments that go together: stacks first, then a release of each service."""

    stage: Stage
    releases: tuple[Stage, ...]


@dataclass(frozen=True)
class Pipeline:
    """A pipeline."""

    resource: Resource
    name: str
    account: str
    region: str
    trigger: str
    mode: str
    restarts: bool
    """It begins anew when it has changed itself."""
    begin: tuple[Stage, ...]
    waves: tuple[Wave, ...]

    @property
    def stages(self) -> list[Stage]:
        """All stages, in their order."""
        return [
            *self.begin,
            *(stage for wave in self.waves for stage in (wave.stage, *wave.releases)),
        ]


def read(stacks: Iterable[AssembledStack]) -> Pipeline | None:
    """Read the first pipeline that there is."""
    templates = Templates(stacks)
    found = templates.of_type(_PIPELINE)
    if not found:
        return None
    resource = found[0]
    properties = resource.properties
    account, region = templates.place(resource.stack)
    begin: list[Stage] = []
    waves: list[Wave] = []
    for stage in properties["Stages"]:
        name = text_of(stage["Name"])
        if waves and name.startswith(f"{waves[-1].stage.name}-"):
            wave = waves[-1]
            label = name.removeprefix(f"{wave.stage.name}-")
            waves[-1] = Wave(wave.stage, (*wave.releases, _stage(stage, label, name, region)))
        elif waves or any(_provider(action) == _STACK for action in stage["Actions"]):
            waves.append(Wave(_stage(stage, name, name, region), ()))
        else:
            begin.append(_stage(stage, name, name, region))
    return Pipeline(
        resource,
        name=text_of(properties.get("Name")) or resource.id,
        account=account,
        region=region,
        trigger=_trigger(properties),
        mode=str(properties.get("ExecutionMode", "")).lower(),
        restarts=bool(properties.get("RestartExecutionOnUpdate")),
        begin=tuple(begin),
        waves=tuple(waves),
    )


def _trigger(properties: Mapping[str, Any]) -> str:
    """Return what starts it: ``push to main of example/shop``."""
    repositories = [
        text_of(action.get("Configuration", {}).get("FullRepositoryId"))
        for stage in properties["Stages"]
        for action in stage["Actions"]
    ]
    repository = next((each for each in repositories if each), "")
    branches = [
        branch
        for trigger in properties.get("Triggers", ())
        for push in trigger.get("GitConfiguration", {}).get("Push", ())
        for branch in push.get("Branches", {}).get("Includes", ())
    ]
    if not branches:
        return repository
    return f"push to {', '.join(branches)}" + (f" of {repository}" if repository else "")


def _provider(action: Mapping[str, Any]) -> str:
    return text_of(action["ActionTypeId"]["Provider"])


def _stage(stage: Mapping[str, Any], label: str, prefix: str, region: str) -> Stage:
    actions = _without_pairs(stage["Actions"])
    short = _short_names(action["stack"] for action in actions if action["stack"])
    steps = [
        tuple(_merged(at_once, prefix, short))
        for _, at_once in groupby(sorted(actions, key=_order), key=_order)
    ]
    places = {place for action in stage["Actions"] if (place := _place(action, region)) is not None}
    results = {
        text_of(condition.get("Result"))
        for condition in stage.get("BeforeEntry", {}).get("Conditions", ())
    }
    return Stage(
        name=text_of(stage["Name"]),
        label=label,
        steps=tuple(step for step in steps if step),
        places=tuple(sorted(places, key=lambda place: (place.account, place.region))),
        skipped="SKIP" in results,
        rolled_back=text_of(stage.get("OnFailure", {}).get("Result")) == "ROLLBACK",
    )


def _order(action: Mapping[str, Any]) -> int:
    return int(action.get("RunOrder", 1))


def _place(action: Mapping[str, Any], region: str) -> Place | None:
    """Return where an action works; without a role of its own, that is the pipeline's place."""
    role = texts_of(action.get("RoleArn"))
    account = re.search(r"::(\d{12}):", role)
    return Place(account[1], text_of(action.get("Region")) or region) if account else None


def _without_pairs(actions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Make one of the actions that prepare and carry out a stack's change set."""
    kept: list[dict[str, Any]] = []
    by_stack: dict[str, dict[str, Any]] = {}
    for action in sorted(actions, key=_order):
        name = text_of(action["Name"])
        stack = name.rpartition(".")[0] if _provider(action) == _STACK else ""
        if stack and stack in by_stack:
            by_stack[stack]["names"] += (name,)
            by_stack[stack]["RunOrder"] = _order(action)
            continue
        kept.append({**action, "names": (name,), "stack": stack})
        if stack:
            by_stack[stack] = kept[-1]
    return kept


def _merged(
    actions: Iterable[Mapping[str, Any]], prefix: str, short: Mapping[str, str]
) -> Iterable[Action]:
    """Make one of the actions that do the same in several places."""
    found: dict[tuple[str, str], Action] = {}
    for action in actions:
        provider = _provider(action)
        category = text_of(action["ActionTypeId"]["Category"])
        kind = _KINDS.get(provider, "source" if category == "Source" else "build")
        name = action["names"][0]
        label = short[action["stack"]] if action["stack"] else name.removeprefix(f"{prefix}-")
        same = found.get((label, kind))
        names = (*(same.names if same else ()), *action["names"])
        times = same.times + 1 if same else 1
        found[label, kind] = Action(names, label, kind, _order(action), times)
    return found.values()


def _short_names(stacks: Iterable[str]) -> dict[str, str]:
    """Leave out of stacks' names what all of an environment begin with: ``network``."""
    by_environment: dict[str, list[str]] = {}
    for stack in stacks:
        by_environment.setdefault(stack.rpartition(".")[0], []).append(stack)
    short: dict[str, str] = {}
    for environment, names in by_environment.items():
        words = {name: name.removeprefix(f"{environment}.").split("-") for name in names}
        columns = zip(*(each[:-1] for each in words.values()), strict=False)
        common = len(list(takewhile(lambda column: len(set(column)) == 1, columns)))
        short |= {name: "-".join(each[common:]) for name, each in words.items()}
    return short
