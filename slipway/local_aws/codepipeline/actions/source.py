"""Source by a connection: the newest commit of a branch, as a zip file without git's own files.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from slipway.local_aws.codepipeline.action import (
    ActionFailed,
    ActionResult,
    ActionRun,
    ActionType,
    SourceRevision,
)
from slipway.local_aws.codepipeline.events.git import Commit, GitError, Repository
from slipway.local_aws.connections import AVAILABLE
from slipway.local_aws.connections import service as connections

FORMAT = "CODE_ZIP"


class ConnectionSource:
    """Takes a commit: the one that the execution was started for, else the branch's newest."""

    type = ActionType("Source", "CodeStarSourceConnection")
    required = frozenset({"ConnectionArn", "FullRepositoryId", "BranchName"})
    optional = frozenset({"OutputArtifactFormat", "DetectChanges"})

    def problem(self, configuration: Mapping[str, str]) -> str | None:
        """Refuse the formats that only CodeBuild could read: a reference instead of files."""
        wanted = configuration.get("OutputArtifactFormat", FORMAT)
        if wanted != FORMAT:
            return f"OutputArtifactFormat {wanted} is not carried out here: only {FORMAT}"
        if configuration.get("DetectChanges", "true").lower() not in ("true", "false"):
            return "DetectChanges is true or false"
        return None

    def run(self, run: ActionRun) -> ActionResult:
        """Put the commit's files into the output artifact."""
        configuration = run.declaration.configuration
        provider = self._require_connection(run)
        name, branch = configuration["FullRepositoryId"], configuration["BranchName"]
        directory = run.machine.repositories.get(name)
        if directory is None:
            raise ActionFailed(
                f"The connection leads to no repository {name}: name it with --repository "
                f"{name}=DIRECTORY when this AWS starts",
                "ConfigurationError",
            )
        repository = Repository(directory)
        try:
            commit = repository.commit(self._wanted(run, repository, name, branch))
            files = repository.archive(commit.id)
        except GitError as error:
            raise ActionFailed(f"The repository {name} can't be read: {error}") from error
        for output in run.declaration.outputs:
            run.artifacts.write(output, files)
        revision = _revision(run, commit, provider)
        run.tell(summary=revision.summary, external_execution_id=commit.id)
        return ActionResult(_variables(configuration, commit), (revision,))

    def _require_connection(self, run: ActionRun) -> str:
        """Check that the connection leads somewhere; return its provider."""
        arn = run.declaration.configuration["ConnectionArn"]
        connection = connections(run.machine).find(arn)
        if connection is None:
            raise ActionFailed(f"There is no connection {arn}", "ConfigurationError")
        if connection.status != AVAILABLE:
            raise ActionFailed(
                f"The connection {connection.name} is {connection.status}: complete it first",
                "PermissionError",
            )
        return connection.provider_type

    def _wanted(self, run: ActionRun, repository: Repository, name: str, branch: str) -> str:
        """Return the commit that the execution was started for, or else the branch's newest."""
        if wanted := run.details.get("revision"):
            return str(wanted)
        branches = repository.branches()
        if branch not in branches:
            raise ActionFailed(
                f"The repository {name} has no branch {branch}", "ConfigurationError"
            )
        return branches[branch]


def _variables(configuration: Mapping[str, str], commit: Commit) -> dict[str, str]:
    return {
        "AuthorDate": commit.authored.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "BranchName": configuration["BranchName"],
        "CommitId": commit.id,
        "CommitMessage": commit.message,
        "ConnectionArn": configuration["ConnectionArn"],
        "FullRepositoryName": configuration["FullRepositoryId"],
    }


def _revision(run: ActionRun, commit: Commit, provider: str) -> SourceRevision:
    # Undocumented: our reading. The summary is JSON, the address leads to the provider over the
    # connection.
    configuration = run.declaration.configuration
    summary = json.dumps({"ProviderType": provider, "CommitMessage": commit.message})
    query = {
        "connectionArn": configuration["ConnectionArn"],
        "referenceType": "COMMIT",
        "FullRepositoryId": configuration["FullRepositoryId"],
        "Commit": commit.id,
    }
    console = f"https://{run.region}.console.aws.amazon.com/codesuite/settings/connections/redirect"
    return SourceRevision(run.declaration.name, commit.id, summary, f"{console}?{urlencode(query)}")
