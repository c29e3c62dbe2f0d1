"""The deployments of a group: what ran, what runs, and which revision was live before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from slipway.release.aws import Aws
from slipway.release.errors import aws_errors
from slipway.release.notes import Notes, without_notes
from slipway.release.target import Target, short

FINAL = frozenset({"Succeeded", "Failed", "Stopped"})
UNFINISHED = ("Created", "Queued", "InProgress", "Baking", "Ready")
MOST_AT_ONCE = 25  # of BatchGetDeployments

# JSON from here, and JSON or YAML from a pipeline.
_TASK_DEFINITION = re.compile(r"""TaskDefinition["']?\s*:\s*["']?([^"'\s,}]+)""")
AUTOMATIC = "codeDeployRollback"
"""The creator of what CodeDeploy starts to undo another deployment."""


@dataclass(frozen=True, kw_only=True)
class DeploymentRecord:
    """One deployment as CodeDeploy remembers it."""

    id: str
    status: str
    """Created, Queued, InProgress, Baking, Ready, Succeeded, Failed or Stopped."""
    created: datetime | None
    completed: datetime | None
    creator: str
    """``user``, or `AUTOMATIC`."""
    description: str
    revision: str | None
    """``family:revision``; None when the AppSpec can't be read."""
    error_code: str | None
    error_message: str | None
    rollback_id: str | None
    """The deployment that rolled this one back."""
    notes: Notes = field(default_factory=Notes)
    """What it noted for later ones, in its description or in the tags of its revision."""

    @property
    def is_final(self) -> bool:
        """Whether nothing will happen any more."""
        return self.status in FINAL

    @property
    def is_automatic(self) -> bool:
        """Whether CodeDeploy started it, to undo another one. No hook runs in it."""
        return self.creator == AUTOMATIC

    @property
    def is_rollback(self) -> bool:
        """Whether it brought (or brings) an earlier revision back."""
        return self.is_automatic or self.notes.is_rollback

    @property
    def note(self) -> str:
        """What its description says, without what it notes for later deployments."""
        return without_notes(self.description)


def name(deployment: DeploymentRecord) -> str:
    """Name a deployment in a sentence: its id, what it releases, since when, and why."""
    kind = "rollback" if deployment.is_rollback else "release"
    revision = f" of {deployment.revision}" if deployment.revision else ""
    began = f"since {deployment.created:%H:%M %Z}".rstrip() if deployment.created else ""
    # An automatic rollback and its revision: CodeDeploy names the one that it takes out.
    note = "" if deployment.is_rollback else deployment.note
    known = ", ".join(filter(None, (began, note)))
    return f"the {kind} {deployment.id}{revision}" + (f" ({known})" if known else "")


def record(aws: Aws, deployment_id: str) -> DeploymentRecord:
    """One deployment by its id."""
    with aws_errors(f"read the deployment {deployment_id}"):
        information = aws.codedeploy.get_deployment(deploymentId=deployment_id)["deploymentInfo"]
    return _record(aws, information)


def recent(aws: Aws, target: Target, statuses: Sequence[str] = ()) -> Iterator[DeploymentRecord]:
    """Yield the last deployments of the group (25 at most), the newest first."""
    wanted = {"includeOnlyStatuses": list(statuses)} if statuses else {}
    with aws_errors(f"list the deployments of {target.service}"):
        ids = aws.codedeploy.list_deployments(
            applicationName=target.application,
            deploymentGroupName=target.deployment_group,
            **wanted,
        )["deployments"][:MOST_AT_ONCE]
        found = (
            aws.codedeploy.batch_get_deployments(deploymentIds=ids)["deploymentsInfo"]
            if ids
            else []
        )
    for information in sorted(found, key=lambda info: info["createTime"], reverse=True):
        yield _record(aws, information)


def running(aws: Aws, target: Target) -> DeploymentRecord | None:
    """Find the deployment that is not finished, if any; the termination wait counts as running."""
    return next(recent(aws, target, UNFINISHED), None)


def _record(aws: Aws, information: Mapping[str, Any]) -> DeploymentRecord:
    error = information.get("errorInformation") or {}
    revision = _released_revision(aws, information)
    return DeploymentRecord(
        id=information["deploymentId"],
        status=information["status"],
        created=information.get("createTime"),
        completed=information.get("completeTime"),
        creator=information.get("creator", ""),
        description=information.get("description", ""),
        revision=revision,
        error_code=error.get("code"),
        error_message=error.get("message"),
        rollback_id=(information.get("rollbackInfo") or {}).get("rollbackDeploymentId"),
        notes=_notes(aws, information, revision),
    )


def _notes(aws: Aws, information: Mapping[str, Any], revision: str | None) -> Notes:
    noted = Notes.of_description(information.get("description", ""))
    if noted != Notes() or not revision or information.get("creator") == AUTOMATIC:
        return noted
    try:
        described = aws.ecs.describe_task_definition(taskDefinition=revision, include=["TAGS"])
    except (ClientError, BotoCoreError):
        # One that was deleted meanwhile, or that nobody may read.
        return noted
    return Notes.of_tags(described.get("tags", []))


def _released_revision(aws: Aws, information: Mapping[str, Any]) -> str | None:
    location = information.get("revision") or {}
    content = _content(location)
    if content is None and location:
        # CodeDeploy may name an AppSpec by its sha256 alone.
        try:
            answer = aws.codedeploy.get_application_revision(
                applicationName=information["applicationName"], revision=location
            )
        except (ClientError, BotoCoreError):
            return None
        content = _content(answer.get("revision") or {})
    found = _TASK_DEFINITION.search(content or "")
    return short(found.group(1)) if found else None


def _content(location: Mapping[str, Any]) -> str | None:
    inline = location.get("appSpecContent") or location.get("string") or {}
    content = inline.get("content")
    return str(content) if content else None
