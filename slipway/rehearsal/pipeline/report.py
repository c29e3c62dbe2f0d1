"""What a rehearsal of the pipeline has to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from slipway.rehearsal.report import Check, Deployment
from slipway.rehearsal.traffic import Traffic


@dataclass(frozen=True)
class Artifact:
    """A zip file that an action took or made, in the pipeline's bucket."""

    name: str
    size: int | None = None
    """Of the zip file in bytes; None where it isn't in the bucket any more."""


@dataclass(frozen=True)
class Action:
    """One run of an action, as CodePipeline tells of it.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionExecutionDetail.html
    """

    name: str
    kind: str
    """Its provider: ``CodeBuild``, ``CloudFormation``, ``CodeDeployToECS``, ``Manual`` …"""
    status: str
    """CodePipeline's: ``InProgress``, ``Succeeded``, ``Failed``, ``Abandoned``."""
    started_at: datetime | None
    ended_at: datetime | None
    """When its status changed last; None while it runs."""
    run_order: int = 1
    summary: str | None = None
    """What it said in a sentence; of an approval, what whoever answered said."""
    error: str | None = None
    external_id: str | None = None
    """The build's, the deployment's, or the stack's."""
    inputs: tuple[Artifact, ...] = ()
    outputs: tuple[Artifact, ...] = ()

    @property
    def duration(self) -> timedelta | None:
        """How long it took; None for one that has not ended."""
        return _between(self.started_at, self.ended_at)


@dataclass(frozen=True)
class StageRun:
    """A stage of an execution: a stage that was retried has its actions of each attempt."""

    name: str
    status: str
    """``Succeeded``, ``Failed``, ``InProgress``, ``Skipped``, ``Stopped``, or ``Pending``: one
    that the execution has not reached."""
    actions: tuple[Action, ...] = ()
    """In the order in which they began; several of one name are attempts."""
    attempts: int = 1

    @property
    def started_at(self) -> datetime | None:
        """When its first action began; None where none did."""
        return min((a.started_at for a in self.actions if a.started_at), default=None)

    @property
    def ended_at(self) -> datetime | None:
        """When its last action ended; None where one has not, or none began."""
        if any(action.ended_at is None for action in self.actions):
            return None
        return max((a.ended_at for a in self.actions if a.ended_at), default=None)

    @property
    def duration(self) -> timedelta | None:
        """How long it took, with what it waited for between attempts."""
        return _between(self.started_at, self.ended_at)


@dataclass(frozen=True)
class Execution:
    """One execution of the pipeline.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineExecutionSummary.html
    """

    id: str
    title: str
    """What it was to do, for people: ``version 2 of storefront``."""
    trigger: str
    """What started it: ``CreatePipeline``, ``WebhookV2``, ``StartPipelineExecution`` …"""
    commit: str | None
    """The whole id; None where its source action never got one."""
    status: str
    """``Succeeded``, ``Failed``, ``InProgress``, ``Cancelled``, ``Superseded``, ``Stopped``."""
    started_at: datetime
    ended_at: datetime | None
    pipeline_version: int | None = None
    stages: tuple[StageRun, ...] = ()
    """All that its definition of the pipeline has, in that order."""

    @property
    def duration(self) -> timedelta | None:
        """How long it took, with what it waited for; None for one that has not ended."""
        return _between(self.started_at, self.ended_at)


@dataclass(frozen=True)
class Digest:
    """An image that an environment runs after an execution, read from the APIs."""

    execution: str
    """The execution's id."""
    environment: str
    service: str
    digest: str
    """``sha256:…`` in the task definition of the service's PRIMARY task set."""
    revision: str
    """That task definition: ``family:revision``."""
    commit: str | None = None
    """The commit that the image's provenance names."""


@dataclass(frozen=True)
class EnvironmentDeployment:
    """A deployment of CodeDeploy in one of the environments."""

    environment: str
    deployment: Deployment
    execution: str | None = None
    """The execution whose action started it; None for a rollback of CodeDeploy's own."""


@dataclass(frozen=True)
class PipelineReport:
    """The whole rehearsal of the pipeline."""

    status: Literal["passed", "failed"]
    pipeline: str
    """Its name: ``shop-pipeline``."""
    started_at: datetime
    duration: timedelta
    environments: tuple[str, ...] = ()
    """In the order of the waves."""
    service: str = "storefront"
    """Whose traffic was measured."""
    executions: tuple[Execution, ...] = ()
    """In the order in which they began."""
    deployments: tuple[EnvironmentDeployment, ...] = ()
    traffic: Mapping[str, Traffic] = field(default_factory=dict)
    """What reached `service` in each environment that had a load, by the environment's name."""
    digests: tuple[Digest, ...] = ()
    checks: tuple[Check, ...] = ()
    error: str | None = None
    """What ended the rehearsal early."""


def _between(start: datetime | None, end: datetime | None) -> timedelta | None:
    return None if start is None or end is None else end - start
