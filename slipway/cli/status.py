"""``slipway status``: a table for people, JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.cli import output
from slipway.release import Aws, DeploymentRecord, Status, Target, status


def show(aws: Aws, target: Target, *, as_json: bool) -> int:
    """Say what is live, what runs and what ran."""
    current = status(aws, target)
    output.show(current, text=text(current), as_json=as_json)
    return 0


def text(status: Status) -> str:
    """Put a status as a person reads it."""
    live = status.live
    lines = [status.service]
    if live is None:
        lines.append("  live      nothing yet")
    else:
        lines.append(
            f"  live      {live.revision.rsplit('/', 1)[-1]}, "
            f"{live.running} of {live.desired} tasks running"
        )
    lines.append(f"  wanted    {status.wanted}{_outstanding(status)}")
    lines += [f"  image     {name} {digest}" for name, digest in status.images.items()]
    lines += [f"  traffic   {each}" for each in traffic(status)]
    if status.running:
        lines.append(f"  running   {status.running.id} {status.stage}")
    else:
        lines.append("  running   no deployment")
    if status.scaling_suspended:
        resumed = "" if status.running else "; nothing runs, so nothing resumes it"
        lines.append(f"  suspended {', '.join(status.scaling_suspended)}{resumed}")
    lines += [_line(each) for each in status.last]
    return "\n".join(lines)


def traffic(status: Status) -> Iterator[str]:
    """Say what each target group gets, by the name that alarms and dashboard have for it."""
    for each in status.target_groups:
        told = f"{each.traffic_percent:g} % to target group {each.colour or each.name}"
        if each.is_live:
            told += ", live"
        if status.running and each.in_release:
            told += f" ({each.in_release} of {status.running.id})"
        yield told


def _outstanding(status: Status) -> str:
    """Say what a release would change; a pipeline releases a copy of what is wanted."""
    if status.live is None:
        return ""
    if status.would_change:
        return f": a release would change {', '.join(status.would_change)}"
    live = status.live.revision.rsplit("/", 1)[-1]
    return "" if live == status.wanted else f", of which {live} is a copy"


def _line(deployment: DeploymentRecord) -> str:
    when = f"{deployment.created.astimezone():%Y-%m-%d %H:%M}" if deployment.created else "?"
    what = deployment.revision or ""
    if deployment.is_rollback:
        what = deployment.note or "rollback"
    elif deployment.rollback_id:
        what = f"{what}, rolled back by {deployment.rollback_id}"
    return f"  {when}  {deployment.id}  {deployment.status}  {what}".rstrip()
