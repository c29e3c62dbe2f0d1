"""What is remembered of an execution: its stages, its actions, what they made.

Whoever changes one holds the lock of its pipeline.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway.local_aws.codepipeline.action import (
    ActionDeclaration,
    ArtifactLocation,
    SourceRevision,
)
from slipway.local_aws.codepipeline.definition.model import Definition, Stage
from slipway.local_aws.codepipeline.executions.conditions import ConditionRun

IN_PROGRESS, SUCCEEDED, FAILED = "InProgress", "Succeeded", "Failed"
STOPPING, STOPPED, CANCELLED = "Stopping", "Stopped", "Cancelled"
SKIPPED, SUPERSEDED, ABANDONED = "Skipped", "Superseded", "Abandoned"

STANDARD, ROLLBACK = "STANDARD", "ROLLBACK"

AUTOMATED_RETRY, MANUAL_RETRY = "AutomatedStageRetry", "ManualStageRetry"


def _new_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True)
class Trigger:
    """What has started an execution.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ExecutionTrigger.html
    """

    type: str
    detail: str = ""


@dataclass
class ActionExecution:
    """One run of an action."""

    declaration: ActionDeclaration
    stage: str
    execution_id: str
    version: int
    region: str
    id: str = field(default_factory=_new_id)
    status: str = IN_PROGRESS
    resolved: Mapping[str, str] = field(default_factory=dict)
    started: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    updated_by: str = ""
    told: dict[str, str] = field(default_factory=dict)
    """``summary``, ``external_execution_id``, ``external_execution_url`` and ``token``."""
    error: dict[str, str] | None = None
    """``code`` and ``message``."""
    variables: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[ArtifactLocation, ...] = ()
    outputs: tuple[ArtifactLocation, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    abandoned: threading.Event = field(default_factory=threading.Event)

    def end(self, status: str) -> None:
        """Note how it ended."""
        self.status, self.updated = status, time.time()
        # An answered request has no token any more.
        self.told.pop("token", None)


@dataclass
class StageExecution:
    """An execution in a stage."""

    stage: Stage
    execution: Execution
    status: str = IN_PROGRESS
    condition: ConditionRun | None = None
    actions: dict[str, ActionExecution] = field(default_factory=dict)
    """The latest run of each action that has begun."""
    ended: float = 0.0
    manual_retries: int = 0
    automatic_retries: int = 0
    latest_retry: str = ""

    def running(self) -> list[ActionExecution]:
        """Return the actions that have begun and not ended."""
        return [action for action in self.actions.values() if action.status == IN_PROGRESS]


@dataclass
class Execution:
    """One run of a pipeline, or of one of its stages."""

    definition: Definition
    """The version that it was started with."""
    trigger: Trigger
    number: int
    """A later one has a greater number."""
    type: str = STANDARD
    id: str = field(default_factory=_new_id)
    status: str = IN_PROGRESS
    summary: str = ""
    started: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of each namespace, the values of its variables."""
    artifacts: dict[str, dict[str, ArtifactLocation]] = field(default_factory=dict)
    """Of each artifact that was made, where it is in each region."""
    revisions: list[SourceRevision] = field(default_factory=list)
    overrides: Mapping[str, str] = field(default_factory=dict)
    """The revision that a source action has to take, by its name."""
    stages: dict[str, StageExecution] = field(default_factory=dict)
    """Those that it has entered."""
    ending: str | None = None
    """``Stopped`` or ``Cancelled``: no further action begins, and this is how it ends."""
    stop_reason: str = ""
    rollback_target: str | None = None

    @property
    def is_running(self) -> bool:
        """Tell whether it has not ended."""
        return self.status in (IN_PROGRESS, STOPPING)

    def set_status(self, status: str, summary: str = "") -> None:
        """Note a change."""
        self.status, self.updated = status, time.time()
        self.summary = summary or self.summary

    def remember_revision(self, revision: SourceRevision) -> None:
        """Keep what a source action has taken, in place of what it took before."""
        self.revisions = [it for it in self.revisions if it.action != revision.action]
        self.revisions.append(revision)
