"""What starts a build, and what is known of one afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class BuildArtifact:
    """A zip file in a bucket: an input of a build, or where an output goes."""

    name: str
    bucket: str
    key: str

    @property
    def arn(self) -> str:
        """The ARN of the zip file."""
        return f"arn:aws:s3:::{self.bucket}/{self.key}"


@dataclass(frozen=True)
class PipelineOrder:
    """A build that CodePipeline starts: source and results are the pipeline's artifacts.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
    """

    project: str
    initiator: str
    """``codepipeline/<pipeline>``."""
    inputs: tuple[BuildArtifact, ...]
    """The primary source first; the others are at ``$CODEBUILD_SRC_DIR_<name>``."""
    outputs: tuple[BuildArtifact, ...] = ()
    """Where the files of the buildspec's ``artifacts`` go, one place for each output."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """The action's own environment variables, over the project's."""
    source_version: str = ""
    """The commit: ``CODEBUILD_RESOLVED_SOURCE_VERSION``."""


@dataclass(frozen=True)
class BuildOutcome:
    """How a build ended."""

    build_id: str
    status: str
    """``SUCCEEDED``, ``FAILED``, ``FAULT``, ``TIMED_OUT`` or ``STOPPED``."""
    reason: str = ""
    """Of one that did not succeed: the phase, the command, and its exit code, in a sentence."""
    exported: Mapping[str, str] = field(default_factory=dict)
    """The exported variables."""
