"""The verbs around a release: thin over `slipway.release`, which does the work.

What a person follows goes to standard error, what a program may want to standard output.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from slipway.rehearsal import kept
from slipway.release import (
    Aws,
    Deployment,
    DeploymentRecord,
    ReleaseError,
    Status,
    Target,
    Until,
    result,
    start,
    watch,
)
from slipway.release import rollback as roll_back
from slipway.release import status as look
from slipway.release import stop as stop_deployment
from slipway.settings import load

_INTERRUPTED = 130


def open_target(root: Path, service: str, environment: str) -> tuple[Aws, Target]:
    """Find where a service is released, with the credentials that boto3 finds by itself.

    The environment that is rehearsed is the one of the rehearsal that is kept.

    Raises
    ------
    SettingsError
        There is no such environment, or the settings are wrong.
    ReleaseError
        There is no such service, its stack is missing, or the credentials are of another account.
    RehearsalError
        The environment is rehearsed, and no rehearsal is kept.
    """
    settings = load(root)
    place = settings.environment(environment)
    services = settings.services(environment)
    if service not in services:
        raise ReleaseError(f"There is no service {service}; known: {', '.join(services)}")
    if environment == kept.ENVIRONMENT:
        aws = kept.release_clients(root)
    else:
        aws = Aws.of_account(place.account, place.region)
    stack = settings.names(environment).stack(service)
    return aws, Target.from_stack(aws.cloudformation, stack)


def approved(root: Path, service: str, environment: str, *, yes: bool) -> bool:
    """Tell whether a release may go on: where it needs approval, somebody has to give it.

    Raises
    ------
    SettingsError
        There is no such environment, or the settings are wrong.
    """
    if yes or load(root).environment(environment).approval == "none":
        return True
    if not sys.stdin.isatty():
        print(
            f"Releases to {environment} need approval (environments/{environment}.yaml): "
            "add --yes if you give it. Nothing was released.",
            file=sys.stderr,
        )
        return False
    if typer.confirm(f"Release {service} to {environment}?", err=True):
        return True
    print("Nothing was released.", file=sys.stderr)
    return False


def release(
    aws: Aws, target: Target, *, description: str, ignore_alarms: str | None, force: bool
) -> int:
    """Release what the stack says, and follow it until all traffic has moved."""
    deployment = start(
        aws, target, description=description, ignore_alarms=ignore_alarms, force=force
    )
    return follow(aws, deployment, until=Until.SHIFTED)


def watch_running(aws: Aws, target: Target) -> int:
    """Follow the deployment that runs."""
    return follow(aws, Deployment(id=_running(aws, target).id, target=target))


def stop(aws: Aws, target: Target, *, rollback: bool) -> int:
    """Stop the deployment that runs, and follow it to its end."""
    deployment = Deployment(id=_running(aws, target).id, target=target)
    stop_deployment(aws, deployment, rollback=rollback)
    follow(aws, deployment)
    return 0


def rollback(aws: Aws, target: Target, *, to: str | None) -> int:
    """Bring back what was live before, and follow it."""
    done = roll_back(aws, target, to=to)
    if done.stopped:
        follow(aws, done.deployment)
        return 0
    return follow(aws, done.deployment, until=Until.SHIFTED)


def show_status(aws: Aws, target: Target, *, as_json: bool) -> int:
    """Say what is live, what runs and what ran."""
    current = look(aws, target)
    print(json.dumps(asdict(current), indent=2, default=_plain) if as_json else _text(current))
    return 0


def follow(aws: Aws, deployment: Deployment, *, until: Until = Until.FINISHED) -> int:
    """Tell every change of a deployment, and return 0 if its revision is live at the end."""
    print(f"Deployment {deployment.id} of {deployment.target.service}", file=sys.stderr)
    try:
        for progress in watch(aws, deployment, until=until):
            for line in (progress.message, *(f"  {detail}" for detail in progress.details)):
                print(f"{progress.time:%H:%M:%S}  {line}", file=sys.stderr)
    except KeyboardInterrupt:
        print(
            f"\n{deployment.id} goes on without us: follow it with slipway watch, or end it with "
            "slipway stop",
            file=sys.stderr,
        )
        return _INTERRUPTED
    ended = result(aws, deployment)
    if ended.status in {"Failed", "Stopped"}:
        print(_ending(ended), file=sys.stderr)
        return 1
    print(deployment.id)
    return 0


def _running(aws: Aws, target: Target) -> DeploymentRecord:
    running = look(aws, target).running
    if running is None:
        raise ReleaseError(f"No deployment of {target.service} runs: see slipway status")
    return running


def _ending(ended: DeploymentRecord) -> str:
    why = f": {ended.error_message}" if ended.error_message else ""
    after = f" The rollback is {ended.rollback_id}." if ended.rollback_id else ""
    return f"{ended.id} {ended.status.lower()}{why}{after} See slipway status for what is live."


def _text(status: Status) -> str:
    live = status.live
    lines = [status.service]
    if live is None:
        lines.append("  live      nothing yet")
    else:
        lines.append(f"  live      {live.revision.rsplit('/', 1)[-1]}, {live.running} tasks")
    lines.append(f"  wanted    {status.wanted}")
    lines += [f"  image     {name} {digest}" for name, digest in status.images.items()]
    lines += [f"  traffic   {share:g} % to {group}" for group, share in status.weights.items()]
    lines.append(f"  running   {status.running.id if status.running else 'no deployment'}")
    for each in status.last:
        when = f"{each.created:%Y-%m-%d %H:%M}" if each.created else "?"
        lines.append(f"  {when}  {each.id}  {each.status}  {each.revision or ''}".rstrip())
    return "\n".join(lines)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
