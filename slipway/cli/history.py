"""``slipway history``: what was released when, by whom, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice

from slipway.cli import output
from slipway.release import Aws, DeploymentRecord, Target, recent


def show(aws: Aws, target: Target, *, limit: int, as_json: bool) -> int:
    """Say what was released, the newest first."""
    found = list(islice(recent(aws, target), limit))
    output.show(
        found, kind=list[DeploymentRecord], text=text(target.service, found), as_json=as_json
    )
    return 0


def text(service: str, deployments: Sequence[DeploymentRecord]) -> str:
    """Put it as a person reads it, in 80 columns where the names allow it."""
    if not deployments:
        return f"{service} has never been released"
    return "\n".join(line for each in deployments for line in _lines(each))


def _lines(deployment: DeploymentRecord) -> list[str]:
    when = f"{deployment.created.astimezone():%Y-%m-%d %H:%M}" if deployment.created else "?"
    what = f"{'rollback to ' if deployment.is_rollback else ''}{deployment.revision or '?'}"
    lines = [f"{when}  {deployment.id}  {deployment.status}{_took(deployment)}  {what}"]
    if deployment.note:
        lines.append(f"    {deployment.note}")
    if deployment.error_message:
        lines.append(f"    {deployment.error_code}: {deployment.error_message}")
    if deployment.rollback_id:
        lines.append(f"    rolled back by {deployment.rollback_id}")
    return lines


def _took(deployment: DeploymentRecord) -> str:
    """Say how long it took, its termination wait included."""
    if not (deployment.created and deployment.completed):
        return ""
    minutes, seconds = divmod(_seconds(deployment.completed - deployment.created), 60)
    return f" in {minutes}:{seconds:02}"


def _seconds(time: timedelta) -> int:
    return round(time.total_seconds())
