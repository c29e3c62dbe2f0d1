"""Which commit a revision was rendered from: a tag of the task definition says it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from slipway.release import Aws
from slipway.release.errors import aws_errors
from slipway.release.target import short

_TAG = "slipway:commit"
_COMMIT = re.compile("[0-9a-f]{7,64}")
_SHORT = 8


def this_commit(variables: Mapping[str, str] = os.environ) -> str | None:
    """Return the commit that the pipeline runs for, where CodeBuild knows it.

    See https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
    """
    commit = variables.get("CODEBUILD_RESOLVED_SOURCE_VERSION", "")
    return commit if _COMMIT.fullmatch(commit) else None


def tagged(taskdef: Mapping[str, Any], commit: str | None) -> dict[str, Any]:
    """Add the tag to an input of RegisterTaskDefinition."""
    if commit is None:
        return dict(taskdef)
    others = [tag for tag in taskdef.get("tags", []) if tag["key"] != _TAG]
    return {**taskdef, "tags": [*others, {"key": _TAG, "value": commit}]}


def commit_of(aws: Aws, revision: str) -> str | None:
    """Read the commit that a revision was rendered from, where a pipeline has registered it.

    Raises
    ------
    AwsError
        When AWS refuses or can't be reached.
    """
    with aws_errors(f"read the tags of {short(revision)}"):
        described = aws.ecs.describe_task_definition(taskDefinition=revision, include=["TAGS"])
    return next((tag["value"] for tag in described.get("tags", []) if tag["key"] == _TAG), None)


def commits(before: str | None, after: str | None) -> str:
    """Put a range of commits as Git takes it: ``0123abcd..4567cdef``; nothing if unknown."""
    if before is None or after is None or before == after:
        return ""
    return f"{before[:_SHORT]}..{after[:_SHORT]}"
