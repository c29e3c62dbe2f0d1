"""A pipeline's definition: what PipelineDeclaration says, in words of our own.

https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineDeclaration.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from slipway.local_aws.codepipeline.action import ActionDeclaration, ActionType

Declaration = dict[str, Any]

QUEUED, SUPERSEDED = "QUEUED", "SUPERSEDED"
SKIP, FAIL, ROLLBACK, RETRY = "SKIP", "FAIL", "ROLLBACK", "RETRY"
DEFAULT_RETRY_MODE = "ALL_ACTIONS"


@dataclass(frozen=True)
class Rule:
    """One VariableCheck: what has to be true of a variable.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-VariableCheck.html
    """

    name: str
    variable: str
    operator: str
    value: str


@dataclass(frozen=True)
class Condition:
    """What has to be true before a stage is entered, and what becomes of it otherwise."""

    result: str
    """``FAIL`` or ``SKIP``."""
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Stage:
    """A stage, with its actions."""

    name: str
    actions: tuple[ActionDeclaration, ...]
    before_entry: Condition | None = None
    on_failure: str | None = None
    """``ROLLBACK`` or ``RETRY``."""
    retry_mode: str = DEFAULT_RETRY_MODE

    def run_orders(self) -> list[tuple[ActionDeclaration, ...]]:
        """Return the actions that run at the same time, one group after the other."""
        ordered = sorted(self.actions, key=lambda action: action.run_order)
        return [tuple(group) for _, group in groupby(ordered, key=lambda item: item.run_order)]


@dataclass(frozen=True)
class Bucket:
    """An artifact store."""

    name: str
    encryption_key: str | None = None


@dataclass(frozen=True)
class Definition:
    """One version of a pipeline. A valid one: `structure.read` makes it."""

    name: str
    role_arn: str
    stages: tuple[Stage, ...]
    buckets: Mapping[str, Bucket]
    """Where artifacts are, in each region."""
    mode: str
    variables: Mapping[str, str | None]
    """Default values; a variable without one must be given at every start."""
    triggers: tuple[Declaration, ...]
    """As declared: ``providerType`` and ``gitConfiguration``."""
    declaration: Declaration = field(repr=False)
    """All of it, as the API answers it."""
    version: int = 1

    def stage(self, name: str) -> Stage | None:
        """Find a stage."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def actions(self) -> Iterator[ActionDeclaration]:
        """Return the actions of all stages."""
        return (action for stage in self.stages for action in stage.actions)


def stage_of(declared: Declaration) -> Stage:
    """Read a stage, whose form has been checked."""
    before = (declared.get("beforeEntry") or {}).get("conditions")
    failure = declared.get("onFailure") or {}
    retry = failure.get("retryConfiguration") or {}
    return Stage(
        name=declared["name"],
        actions=tuple(action_of(action) for action in declared["actions"]),
        before_entry=_condition_of(before[0]) if before else None,
        on_failure=failure.get("result"),
        retry_mode=retry.get("retryMode", DEFAULT_RETRY_MODE),
    )


def action_of(declared: Declaration) -> ActionDeclaration:
    """Read an action, whose form has been checked."""
    kind = declared["actionTypeId"]
    return ActionDeclaration(
        name=declared["name"],
        type=ActionType(kind["category"], kind["provider"], kind["owner"], kind["version"]),
        configuration=dict(declared.get("configuration") or {}),
        inputs=tuple(item["name"] for item in declared.get("inputArtifacts") or ()),
        outputs=tuple(item["name"] for item in declared.get("outputArtifacts") or ()),
        run_order=declared.get("runOrder", 1),
        role_arn=declared.get("roleArn"),
        region=declared.get("region"),
        namespace=declared.get("namespace"),
        timeout_minutes=declared.get("timeoutInMinutes"),
    )


def _condition_of(declared: Declaration) -> Condition:
    return Condition(
        result=declared.get("result", FAIL), rules=tuple(_rule_of(it) for it in declared["rules"])
    )


def _rule_of(declared: Declaration) -> Rule:
    said = declared["configuration"]
    return Rule(declared["name"], said["Variable"], said["Operator"], said["Value"])
