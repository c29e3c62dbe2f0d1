"""A pipeline: its versions, its executions, and the gates of its stages."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from slipway.local_aws.codepipeline.definition.model import SUPERSEDED as SUPERSEDED_MODE
from slipway.local_aws.codepipeline.definition.model import Definition, Stage
from slipway.local_aws.codepipeline.definition.variables import OF_EXECUTION, OF_PIPELINE
from slipway.local_aws.codepipeline.executions.execution import (
    STANDARD,
    SUPERSEDED,
    ActionExecution,
    Execution,
    StageExecution,
    Trigger,
)


@dataclass(frozen=True)
class DisabledTransition:
    """Why nobody may enter a stage."""

    reason: str
    by: str
    at: float = field(default_factory=time.time)


@dataclass
class Gate:
    """The way into a stage: one execution is in it, others wait in front of it."""

    holder: Execution | None = None
    waiting: list[Execution] = field(default_factory=list)
    disabled: DisabledTransition | None = None
    latest: StageExecution | None = None
    """The execution that has entered last."""

    def is_open_to(self, execution: Execution) -> bool:
        """Tell whether a waiting execution is next, and may go in."""
        return self.holder is None and self.disabled is None and self.waiting[0] is execution


@dataclass
class Pipeline:
    """One pipeline. Who looks at it or changes it holds `changed`."""

    account: str
    region: str
    versions: list[Definition]
    """All of them, the first first."""
    tags: dict[str, str] = field(default_factory=dict)
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    executions: dict[str, Execution] = field(default_factory=dict)
    """In the order of their starts."""
    action_executions: list[ActionExecution] = field(default_factory=list)
    """In the order of their starts."""
    starts: dict[str, str] = field(default_factory=dict)
    """The executions of requests that name themselves, so that they can be sent twice."""
    gates: dict[str, Gate] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition, repr=False)

    @property
    def definition(self) -> Definition:
        """The current version."""
        return self.versions[-1]

    @property
    def name(self) -> str:
        """Its name, which never changes."""
        return self.definition.name

    @property
    def arn(self) -> str:
        """Return its ARN.

        https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html
        """
        return f"arn:aws:codepipeline:{self.region}:{self.account}:{self.name}"

    def gate(self, stage: str) -> Gate:
        """Return the gate of a stage."""
        return self.gates.setdefault(stage, Gate())

    def running(self) -> list[Execution]:
        """Return the executions that have not ended, in the order of their starts."""
        return [execution for execution in self.executions.values() if execution.is_running]

    def held_by(self, execution: Execution) -> Iterator[Gate]:
        """Return the gates of the stages that an execution is in."""
        return (gate for gate in self.gates.values() if gate.holder is execution)

    def add(
        self,
        trigger: Trigger,
        variables: Mapping[str, str],
        overrides: Mapping[str, str],
        kind: str = STANDARD,
    ) -> Execution:
        """Make an execution of the current version."""
        execution = Execution(
            self.definition, trigger, len(self.executions) + 1, kind, overrides=overrides
        )
        execution.values = {
            OF_EXECUTION: {"PipelineExecutionId": execution.id},
            OF_PIPELINE: dict(variables),
        }
        self.executions[execution.id] = execution
        return execution

    def queue(self, execution: Execution, stage: Stage) -> list[Execution]:
        """Put an execution in front of a stage; return those that are superseded by that.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
        """
        gate = self.gate(stage.name)
        gate.waiting.append(execution)
        if execution.definition.mode != SUPERSEDED_MODE:
            return []
        latest = max(gate.waiting, key=lambda waiting: waiting.number)
        superseded = [waiting for waiting in gate.waiting if waiting is not latest]
        gate.waiting = [latest]
        for old in superseded:
            old.set_status(SUPERSEDED, f"Superseded by the execution {latest.id}")
        return superseded

    def enter(self, execution: Execution, stage: Stage) -> StageExecution:
        """Let an execution into a stage that is free."""
        gate = self.gate(stage.name)
        if execution in gate.waiting:
            gate.waiting.remove(execution)
        record = execution.stages.get(stage.name)
        if record is None:
            record = execution.stages[stage.name] = StageExecution(stage, execution)
        gate.holder, gate.latest = execution, record
        return record

    def leave(self, execution: Execution, stage: Stage) -> None:
        """Free a stage."""
        gate = self.gate(stage.name)
        if gate.holder is execution:
            gate.holder = None
        self.changed.notify_all()
