"""A CodePipeline whose actions do what a test says, when it says so."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from slipway.local_aws.codepipeline.action import (
    ActionAbandoned,
    ActionFailed,
    ActionResult,
    ActionRun,
    ActionType,
    SourceRevision,
)
from slipway.local_aws.codepipeline.executions.approvals import APPROVED, ask
from slipway.local_aws.codepipeline.executions.engine import Engine
from slipway.local_aws.codepipeline.operations.executions import Executions
from slipway.local_aws.codepipeline.operations.pipelines import Pipelines
from slipway.local_aws.codepipeline.operations.store import Store

SOURCE = ActionType("Source", "Git")
WORK = ActionType("Build", "Work")
APPROVAL = ActionType("Approval", "Manual")

_PATIENCE_SECONDS = 20.0


def declared(name: str, kind: ActionType = WORK, **said: Any) -> dict[str, Any]:
    """Declare an action as the API spells it."""
    type_id = {
        "category": kind.category,
        "owner": kind.owner,
        "provider": kind.provider,
        "version": kind.version,
    }
    return {"name": name, "actionTypeId": type_id, **said}


def source(**said: Any) -> dict[str, Any]:
    """Declare a source stage, whose artifact and namespace others use."""
    action = declared("Commit", SOURCE, **{"namespace": "Git", **said})
    action.setdefault("outputArtifacts", [{"name": "Source"}])
    return {"name": "Source", "actions": [action]}


def stage(name: str, *actions: dict[str, Any], **said: Any) -> dict[str, Any]:
    """Declare a stage."""
    return {"name": name, "actions": list(actions) or [declared(f"{name}-work")], **said}


def pipeline(*stages: dict[str, Any], **said: Any) -> dict[str, Any]:
    """Declare a pipeline."""
    return {
        "name": "shop",
        "roleArn": "arn:aws:iam::111111111111:role/shop",
        "pipelineType": "V2",
        "executionMode": "QUEUED",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "stages": list(stages),
        **said,
    }


def entry(operator: str = "EQ", result: str = "SKIP", value: str = "yes") -> dict[str, Any]:
    """Declare a condition before a stage: what the source says of ``go``."""
    rule = {
        "name": "Wanted",
        "ruleTypeId": {
            "category": "Rule",
            "owner": "AWS",
            "provider": "VariableCheck",
            "version": "1",
        },
        "configuration": {"Variable": "#{Git.go}", "Operator": operator, "Value": value},
    }
    return {"conditions": [{"result": result, "rules": [rule]}]}


class Objects:
    """Buckets that only remember."""

    def __init__(self) -> None:
        self.content: dict[tuple[str, str], bytes] = {}

    def get(self, bucket: str, key: str) -> bytes:
        return self.content[bucket, key]

    def put(self, bucket: Any, key: str, content: bytes) -> None:
        self.content[bucket.name, key] = content


class Follower:
    def follow(self, *_: Any) -> None: ...

    def forget(self, *_: Any) -> None: ...


@dataclass
class Held:
    """A run that waits for the test to say how it ends."""

    run: ActionRun
    told: threading.Event = field(default_factory=threading.Event)
    failure: str = ""

    def end(self, failure: str = "") -> None:
        self.failure = failure
        self.told.set()


class Work:
    """Every action but an approval: ends at once, unless the test holds it."""

    required: frozenset[str] = frozenset()
    optional = frozenset({"say", "Region"})

    def __init__(self, world: World, kind: ActionType) -> None:
        self._world, self.type = world, kind

    def problem(self, configuration: Any) -> str | None:
        return "it says no" if configuration.get("say") == "no" else None

    def run(self, run: ActionRun) -> ActionResult:
        name = run.declaration.name
        self._world.begun.append((run.execution_id, name))
        if name in self._world.hold:
            held = Held(run)
            self._world.held_by_name.setdefault(name, []).append(held)
            while not held.told.wait(0.01):
                if run.abandoned.is_set():
                    raise ActionAbandoned(name)
            if held.failure:
                raise ActionFailed(held.failure)
        if failures := self._world.failures.get(name):
            raise ActionFailed(failures.pop(0))
        for output in run.declaration.outputs:
            run.artifacts.write(output, run.execution_id.encode())
        self._world.said.append(dict(run.declaration.configuration))
        is_source = run.declaration.type.category == "Source"
        revision = run.details.get("revision", f"commit of {run.execution_id}")
        return ActionResult(
            dict(self._world.variables.get(name, {})),
            (SourceRevision(name, revision),) if is_source else (),
        )


class Approval:
    """A manual approval that never expires."""

    type = APPROVAL
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()

    def problem(self, configuration: Any) -> str | None:
        return None

    def run(self, run: ActionRun) -> ActionResult:
        answer = ask(run).wait(run.abandoned, _PATIENCE_SECONDS)
        assert answer is not None
        if answer.status != APPROVED:
            raise ActionFailed(f"rejected: {answer.summary}")
        return ActionResult()


class World:
    """One account's CodePipeline, its one pipeline, and what its actions do."""

    def __init__(self) -> None:
        self.hold: set[str] = set()
        self.failures: dict[str, list[str]] = {}
        self.variables: dict[str, dict[str, str]] = {}
        self.begun: list[tuple[str, str]] = []
        self.said: list[dict[str, str]] = []
        self.held_by_name: dict[str, list[Held]] = {}
        self.objects = Objects()
        kinds = {kind: Work(self, kind) for kind in (SOURCE, WORK)}
        self.engine = Engine(None, {**kinds, APPROVAL: Approval()}, lambda _: self.objects)
        self.heard: list[tuple[str, str]] = []
        self.engine.listeners.append(self._hear)
        self.store = Store("111111111111", "eu-west-1")
        self.pipelines = Pipelines(self.store, self.engine, Follower(), lambda *_: None)
        self.executions = Executions(self.store, self.engine)

    def _hear(self, pipeline: Any, execution: Any, record: Any, action: Any, state: str) -> None:
        what = action.declaration.name if action else record.stage.name if record else "execution"
        self.heard.append((what, state))

    @property
    def pipeline(self) -> Any:
        return self.store.pipelines["shop"]

    def create(self, *stages: dict[str, Any], **said: Any) -> str:
        """Make the pipeline; return its first execution's id."""
        self.pipelines.create_pipeline({"pipeline": pipeline(*stages, **said)})
        return next(iter(self.pipeline.executions))

    def update(self, *stages: dict[str, Any], **said: Any) -> None:
        self.pipelines.update_pipeline({"pipeline": pipeline(*stages, **said)})

    def start(self, **said: Any) -> str:
        answer = self.executions.start_pipeline_execution({"name": "shop", **said})
        return answer["pipelineExecutionId"]

    def retry(self, execution: str, stage: str, mode: str = "FAILED_ACTIONS") -> None:
        self.executions.retry_stage_execution(
            {
                "pipelineName": "shop",
                "stageName": stage,
                "pipelineExecutionId": execution,
                "retryMode": mode,
            }
        )

    def stop(self, execution: str, **said: Any) -> None:
        self.executions.stop_pipeline_execution(
            {"pipelineName": "shop", "pipelineExecutionId": execution, **said}
        )

    def approve(self, token: str, status: str = APPROVED, action: str = "Approve") -> None:
        self.executions.put_approval_result(
            {
                "pipelineName": "shop",
                "stageName": "Prod",
                "actionName": action,
                "result": {"status": status, "summary": "said so"},
                "token": token,
            }
        )

    def until(self, condition: Any, what: str) -> Any:
        """Wait until something is true of the pipeline."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        with self.pipeline.changed:
            while not (answer := condition()) and time.monotonic() < deadline:
                self.pipeline.changed.wait(0.01)
        assert answer, f"never seen: {what}"
        return answer

    def held(self, name: str, number: int = 1) -> Held:
        """Wait until an action that is held has begun, for the so-manieth time."""

        def found() -> Held | None:
            runs = self.held_by_name.get(name, [])
            return runs[number - 1] if len(runs) >= number else None

        held: Held = self.until(found, f"{name} held")
        return held

    def ended(self, execution: str, status: str = "Succeeded") -> None:
        found = self.pipeline.executions[execution]
        self.until(lambda: not found.is_running, f"the end of {execution}")
        assert found.status == status, found.summary

    def stage(self, name: str) -> dict[str, Any]:
        """Return what GetPipelineState says of a stage."""
        state = self.executions.get_pipeline_state({"name": "shop"})
        return next(it for it in state["stageStates"] if it["stageName"] == name)

    def status(self, name: str) -> str | None:
        return self.stage(name).get("latestExecution", {}).get("status")

    def action(self, stage: str, name: str) -> dict[str, Any]:
        states = self.stage(stage)["actionStates"]
        found = next(it for it in states if it["actionName"] == name)
        return found.get("latestExecution", {})

    def token(self, before: str = "") -> str:
        """Wait for the token of the open approval, another than the one before."""

        def found() -> str:
            token = self.action("Prod", "Approve").get("token", "")
            return token if token != before else ""

        return str(self.until(found, "a token"))

    def names(self, execution: str) -> list[str]:
        """Return the actions that an execution has begun, in their order."""
        return [name for begun, name in self.begun if begun == execution]


class Declare:
    """What the tests of this folder declare pipelines with."""

    action = staticmethod(declared)
    source = staticmethod(source)
    stage = staticmethod(stage)
    pipeline = staticmethod(pipeline)
    entry = staticmethod(entry)
    approval = staticmethod(lambda name="Approve": declared(name, APPROVAL))


@pytest.fixture
def declare() -> type[Declare]:
    return Declare


@pytest.fixture
def kinds(world: World) -> Any:
    """The actions that can be carried out."""
    return world.engine.kinds


@pytest.fixture
def world() -> Any:
    made = World()
    yield made
    for each in list(made.store.pipelines.values()):
        made.engine.abandon_all(each)
