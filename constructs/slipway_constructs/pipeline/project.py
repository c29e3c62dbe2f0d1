"""The CodeBuild projects of a pipeline: each with its machine, its role, its log and its time."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from aws_cdk import RemovalPolicy
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_s3 as s3
from constructs import Construct, IConstruct

from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.findings import acknowledge
from slipway_constructs.logs import EncryptedLogGroup
from slipway_constructs.permissions import Permission, ServiceRole, to_log
from slipway_constructs.pipeline.artifacts import to_exchange
from slipway_constructs.values import duration

Architecture = Literal["x86_64", "arm64"]

# https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html
_IMAGES: Mapping[str, codebuild.IBuildImage] = {
    "x86_64": codebuild.LinuxBuildImage.AMAZON_LINUX_2023_5,
    "arm64": codebuild.LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_3_0,
}
# A build that waits for a machine longer than this was forgotten.
_LONGEST_QUEUE = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class PipelineParts:
    """What the projects of one pipeline have in common.

    Parameters
    ----------
    artifacts, encryption
        The bucket of what actions hand to one another, and the key of that and of the logs.
    log_retention
        How long the logs of builds are kept.
    removal_policy
        What happens to the logs when the stack goes.
    """

    artifacts: s3.IBucket
    encryption: EncryptionKey
    log_retention: timedelta
    removal_policy: RemovalPolicy


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What a project runs on, and for how long at most."""

    timeout: timedelta
    """CodeBuild ends a build that takes longer."""
    architecture: Architecture = "x86_64"
    size: codebuild.ComputeType = codebuild.ComputeType.SMALL
    runs_containers: bool = False
    """Whether it needs a container engine, for which CodeBuild wants a privileged container."""


def project_log_group(project: str) -> str:
    """Give the name of the log group that a CodeBuild project has."""
    return f"/aws/codebuild/{project}"


class ProjectIdentity(Construct):
    """As whom a project runs, and where its log goes.

    Parameters
    ----------
    scope, id_
        Where they live, and their name there.
    name
        The project's name, and its role's.
    parts
        What all projects of the pipeline have in common.
    permissions
        What it may do besides reading and writing artifacts and its log.
    wildcards
        For each resource of these that has a ``*``, why nothing narrower will do.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        parts: PipelineParts,
        permissions: Sequence[Permission] = (),
        wildcards: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self.name = name
        log_group = EncryptedLogGroup(
            self,
            "Log",
            name=project_log_group(name),
            retention=parts.log_retention,
            encryption=parts.encryption,
            removal_policy=parts.removal_policy,
        )
        self.logging = codebuild.LoggingOptions(
            cloud_watch=codebuild.CloudWatchLoggingOptions(log_group=log_group)
        )
        exchange = to_exchange(parts.artifacts, parts.encryption)
        self.role = ServiceRole(
            self,
            "Role",
            name=name,
            service="codebuild.amazonaws.com",
            permissions=[to_log([log_group]), *exchange.permissions, *permissions],
            wildcards={**exchange.wildcards, **(wildcards or {})},
        )


class BuildProject(Construct):
    """A CodeBuild project that a pipeline's actions run.

    Parameters
    ----------
    scope, id_
        Where it lives, and its name there.
    description
        What it does, for whoever reads the console.
    buildspec
        What it runs: https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
    machine
        What it runs on.
    variables
        What every build finds in its environment.
    parts
        What all projects of the pipeline have in common.
    identity
        The rest: see :class:`ProjectIdentity`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        description: str,
        buildspec: Mapping[str, Any],
        machine: Machine,
        variables: Mapping[str, str] | None = None,
        parts: PipelineParts,
        **identity: Any,
    ) -> None:
        super().__init__(scope, id_)
        mine = ProjectIdentity(self, "Identity", parts=parts, **identity)
        self.name = mine.name
        self.project = codebuild.PipelineProject(
            self,
            "Project",
            project_name=mine.name,
            description=description,
            role=mine.role.without_policy_updates(),
            build_spec=codebuild.BuildSpec.from_object(dict(buildspec)),
            environment=codebuild.BuildEnvironment(
                build_image=_IMAGES[machine.architecture],
                compute_type=machine.size,
                privileged=machine.runs_containers,
            ),
            environment_variables={
                key: codebuild.BuildEnvironmentVariable(value=value)
                for key, value in (variables or {}).items()
            },
            encryption_key=parts.encryption,
            timeout=duration(machine.timeout),
            queued_timeout=duration(_LONGEST_QUEUE),
            logging=mine.logging,
            grant_report_group_permissions=False,
        )
        acknowledge_project(self.project, runs_containers=machine.runs_containers)
        self.fingerprint = _fingerprint(buildspec, machine, variables)
        """What it does and on what: an action that names it changes when the project does."""


def acknowledge_project(project: IConstruct, *, runs_containers: bool = False) -> None:
    """Acknowledge what policy checks say of a project that only a pipeline runs.

    Parameters
    ----------
    project
        The project.
    runs_containers
        Whether it has a privileged container.
    """
    acknowledge(
        project,
        "CodeBuildProjectSourceRepoUrl",
        because="This project takes its source from the pipeline's artifacts and from no host of "
        "repositories, so it has no credentials for one. The commits come through a connection, "
        "which has its host's app instead of a token.",
    )


def _fingerprint(
    buildspec: Mapping[str, Any], machine: Machine, variables: Mapping[str, str] | None
) -> str:
    text = json.dumps([buildspec, str(machine), variables or {}], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
