"""A build project as a build reads it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ministack.services import codebuild

from slipway.local_aws.codebuild.errors import CodeBuildError

# Builds are processes of this machine, whichever image is named.
_ENVIRONMENTS = ("LINUX_CONTAINER", "ARM_CONTAINER")
_SOURCES = ("CODEPIPELINE", "S3", "NO_SOURCE")
_ARTIFACTS = ("CODEPIPELINE", "S3", "NO_ARTIFACTS")


@dataclass(frozen=True)
class Project:
    """A project of one account in one region."""

    record: Mapping[str, Any]

    @classmethod
    def find(cls, account: str, region: str, name: str) -> Project:
        """Return a project as it is now.

        Raises
        ------
        CodeBuildError
            ResourceNotFoundException where there is none; InvalidInputException where it asks
            for something that isn't carried out on this machine.
        """
        record = codebuild._projects.get_scoped(account, region, name)
        if record is None:
            raise CodeBuildError(
                "ResourceNotFoundException",
                f"Project cannot be found: arn:aws:codebuild:{region}:{account}:project/{name}",
            )
        for what in _refusals(record):
            raise CodeBuildError(
                "InvalidInputException", f"project {name}: {what} is not carried out here"
            )
        return cls(copy.deepcopy(record))

    def with_overrides(self, *, buildspec: str | None, minutes: int | None) -> Project:
        """Return the project as one build of it shall be."""
        record = dict(self.record)
        if buildspec is not None:
            record["source"] = {**self.record["source"], "buildspec": buildspec}
        if minutes is not None:
            record["timeoutInMinutes"] = minutes
        return Project(record)

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.record["name"])

    @property
    def arn(self) -> str:
        """Its ARN."""
        return str(self.record["arn"])

    @property
    def image(self) -> str:
        """The image that it names; no build here runs in it."""
        return str(self.record["environment"].get("image", ""))

    @property
    def is_privileged(self) -> bool:
        """Whether its builds may reach a container engine."""
        return bool(self.record["environment"].get("privilegedMode"))

    @property
    def service_role(self) -> str:
        """The ARN of the role that a build acts as."""
        return str(self.record["serviceRole"])

    @property
    def encryption_key(self) -> str:
        """What encrypts the outputs: a key's ARN or an alias."""
        return str(self.record.get("encryptionKey") or "")

    @property
    def buildspec(self) -> str:
        """The build specification itself, or a path to it in the primary source."""
        return str(self.record["source"].get("buildspec") or "")

    @property
    def time_limit(self) -> timedelta:
        """How long a build may take."""
        return timedelta(minutes=int(self.record.get("timeoutInMinutes") or 60))

    @property
    def variables(self) -> dict[str, str]:
        """Its own environment variables."""
        return plain_variables(self.record["environment"].get("environmentVariables") or [])

    @property
    def cloudwatch_logs(self) -> Mapping[str, str]:
        """Where its logs go: ``status``, ``groupName`` and ``streamName``, as far as it says."""
        logs: Mapping[str, str] = (self.record.get("logsConfig") or {}).get("cloudWatchLogs") or {}
        return logs

    @property
    def log_group(self) -> str | None:
        """The log group of its builds, if it has one."""
        if self.cloudwatch_logs.get("status") == "DISABLED":
            return None
        return self.cloudwatch_logs.get("groupName") or f"/aws/codebuild/{self.name}"

    @property
    def is_of_pipeline(self) -> bool:
        """Whether only CodePipeline starts it."""
        return str(self.record["source"].get("type")) == "CODEPIPELINE"

    @property
    def source(self) -> Mapping[str, Any]:
        """Its primary source."""
        source: Mapping[str, Any] = self.record["source"]
        return source

    @property
    def artifacts(self) -> Mapping[str, Any]:
        """Its primary output."""
        artifacts: Mapping[str, Any] = self.record["artifacts"]
        return artifacts

    @property
    def secondary_sources(self) -> list[Mapping[str, Any]]:
        """Its other sources."""
        return list(self.record.get("secondarySources") or [])

    @property
    def secondary_artifacts(self) -> list[Mapping[str, Any]]:
        """Its other outputs."""
        return list(self.record.get("secondaryArtifacts") or [])


def plain_variables(variables: list[Mapping[str, str]]) -> dict[str, str]:
    """Return environment variables by name.

    Raises
    ------
    CodeBuildError
        One is to be read from a store.
    """
    for variable in variables:
        kind = variable.get("type") or "PLAINTEXT"
        if kind != "PLAINTEXT":
            raise CodeBuildError(
                "InvalidInputException",
                f"environment variable {variable['name']}: its type {kind} is not carried out here",
            )
    return {variable["name"]: variable.get("value", "") for variable in variables}


def _refusals(record: Mapping[str, Any]) -> list[str]:
    """Name what a project asks for that no build here would do."""
    asked = {
        "environment.type": (record["environment"].get("type"), _ENVIRONMENTS),
        "source.type": (record["source"].get("type"), _SOURCES),
        "artifacts.type": (record["artifacts"].get("type"), _ARTIFACTS),
        "cache.type": ((record.get("cache") or {}).get("type"), (None, "NO_CACHE")),
        "logsConfig.s3Logs.status": (
            ((record.get("logsConfig") or {}).get("s3Logs") or {}).get("status"),
            (None, "DISABLED"),
        ),
        "fileSystemLocations": (record.get("fileSystemLocations") or None, (None,)),
    }
    return [f"{name} {value}" for name, (value, allowed) in asked.items() if value not in allowed]
