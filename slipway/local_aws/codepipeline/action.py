"""What the engine and its actions say to each other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from slipway.local_aws.machine import Machine

Credentials = Mapping[str, str]
"""The keyword arguments of a boto3 client that say who calls."""


class ActionFailed(Exception):  # noqa: N818 - the word of CodePipeline
    """An action has failed; the message is what its execution's error details say.

    Parameters
    ----------
    message
        One sentence or more, for whoever reads the pipeline's state.
    code
        As CodePipeline has it: ``JobFailed``, ``ConfigurationError``, ``PermissionError`` …
        https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ErrorDetails.html
    """

    def __init__(self, message: str, code: str = "JobFailed") -> None:
        super().__init__(message)
        self.code = code


class ActionAbandoned(Exception):  # noqa: N818 - the word of CodePipeline
    """Nobody waits for the action any more: the execution was stopped, or this AWS stops."""


@dataclass(frozen=True)
class ActionType:
    """Which kind of action: what a declaration's ``actionTypeId`` says."""

    category: str
    provider: str
    owner: str = "AWS"
    version: str = "1"


@dataclass(frozen=True)
class ActionDeclaration:
    """An action as the pipeline declares it; when it runs, with its variables resolved.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionDeclaration.html
    """

    name: str
    type: ActionType
    configuration: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    run_order: int = 1
    role_arn: str | None = None
    region: str | None = None
    namespace: str | None = None
    timeout_minutes: int | None = None


@dataclass(frozen=True)
class ArtifactLocation:
    """Where the zip file of an artifact is in the pipeline's store, or will be."""

    name: str
    bucket: str
    key: str


@dataclass(frozen=True)
class SourceRevision:
    """What a source action has taken."""

    action: str
    revision_id: str
    summary: str = ""
    url: str = ""


class ArtifactStore(Protocol):
    """The artifacts of one execution, each a zip file in the pipeline's bucket."""

    def location(self, name: str) -> ArtifactLocation:
        """Say where an artifact is, or where an output has to go.

        Raises
        ------
        ActionFailed
            No earlier action of this execution has made this input.
        """

    def read(self, name: str, path: str) -> bytes:
        """Return one file of an artifact.

        Raises
        ------
        ActionFailed
            The artifact has no such file.
        """

    def write(self, name: str, zip_file: bytes) -> None:
        """Put an output into the store."""


@dataclass
class ActionRun:
    """One run of an action: all that it is given, and what it tells."""

    machine: Machine
    account: str
    """The pipeline's."""
    region: str
    """The action's, which is the pipeline's unless it names another."""
    pipeline: str
    execution_id: str
    action_execution_id: str
    stage: str
    declaration: ActionDeclaration
    """Every ``#{namespace.variable}`` in its configuration is resolved."""
    artifacts: ArtifactStore
    pipeline_role_arn: str
    revisions: Sequence[SourceRevision] = ()
    """What the execution's source actions have taken."""
    abandoned: threading.Event = field(default_factory=threading.Event)
    """Set when nobody waits any more: end soon, with ActionAbandoned."""
    tell: Callable[..., None] = lambda **_: None
    """Of ``external_execution_id``, ``external_execution_url``, ``summary`` and ``token``, those
    that are known by now: they appear in GetPipelineState and ListActionExecutions."""
    details: dict[str, Any] = field(default_factory=dict)
    """Where PutApprovalResult and the like leave what the run waits for."""

    @property
    def acts_as(self) -> str:
        """The ARN of the role that does the work: the action's own, or else the pipeline's."""
        return self.declaration.role_arn or self.pipeline_role_arn


@dataclass(frozen=True)
class ActionResult:
    """How an action that succeeded ended."""

    variables: Mapping[str, str] = field(default_factory=dict)
    """Its output variables: what others find in its namespace."""
    revisions: Sequence[SourceRevision] = ()
    """Of a source action."""


class Action(Protocol):
    """One kind of action."""

    type: ActionType
    required: frozenset[str]
    """The keys that its configuration must have."""
    optional: frozenset[str]
    """The keys that its configuration may have: any other is refused when a pipeline is made."""

    def problem(self, configuration: Mapping[str, str]) -> str | None:
        """Say what in a configuration with all the right keys is not carried out on this machine.

        What it says is refused when a pipeline is made; values may have unresolved variables.
        """

    def run(self, run: ActionRun) -> ActionResult:
        """Do the work, in a thread of its own, and return when it is done.

        Raises
        ------
        ActionFailed
            It has failed.
        ActionAbandoned
            `run.abandoned` was set meanwhile.
        """
