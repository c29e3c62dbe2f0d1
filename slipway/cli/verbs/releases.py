"""Releases, from their start to their end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.options import (
    Description,
    Environment,
    Local,
    Plain,
    Root,
    Service,
    Yes,
    chosen,
)

app = typer.Typer()

PANEL = "Releases"


@app.command(rich_help_panel=PANEL)
def release(
    service: Service,
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    description: Description = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Queue behind the release that runs.")
    ] = False,
    wait_for: Annotated[
        str | None, typer.Option(metavar="TIME", help="Queue for this long at most, instead of 2h.")
    ] = None,
    ignore_alarms: Annotated[
        str | None, typer.Option(metavar="REASON", help="Release although an alarm fires.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Release what is live already, for fresh secrets.")
    ] = False,
    yes: Yes = False,
    plain: Plain = False,
) -> None:
    """Release what the service's stack says, and follow it until all traffic has moved."""
    from slipway.cli import release as verbs
    from slipway.cli.consent import given
    from slipway.cli.errors import ExitCode
    from slipway.cli.usage import UsageError, duration

    if ignore_alarms is not None and not ignore_alarms.strip():
        raise UsageError("--ignore-alarms needs a reason, which CodeDeploy keeps")
    name = chosen(environment, local)
    patience = duration("--wait-for", wait_for or "2h") if wait or wait_for else None
    question = f"Release {service} to {name}?"
    if not given(root.resolve(), service, name, question, yes=yes):
        sys.exit(ExitCode.FAILED)
    follower, target = verbs.open_release(root.resolve(), service, name, plain=plain)
    sys.exit(
        verbs.release(
            follower,
            target,
            read_again=lambda: verbs.open_target(root.resolve(), service, name)[1],
            description=description,
            wait_for=patience,
            ignore_alarms=ignore_alarms,
            force=force,
        )
    )


@app.command(rich_help_panel=PANEL)
def approve(
    service: Service,
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    plain: Plain = False,
) -> None:
    """Let the release that waits for approval shift its traffic, and follow it."""
    from slipway.cli import release as verbs

    name = chosen(environment, local)
    sys.exit(verbs.approve(*verbs.open_release(root.resolve(), service, name, plain=plain)))


@app.command(rich_help_panel=PANEL)
def reject(
    service: Service,
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    plain: Plain = False,
) -> None:
    """Stop the release that waits for approval; no client has seen it."""
    from slipway.cli import release as verbs

    name = chosen(environment, local)
    sys.exit(verbs.reject(*verbs.open_release(root.resolve(), service, name, plain=plain)))


@app.command(rich_help_panel=PANEL)
def stop(
    service: Service,
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    rollback: Annotated[
        bool, typer.Option(help="Whether traffic returns to what was live before.")
    ] = True,
    plain: Plain = False,
) -> None:
    """Stop the deployment that runs."""
    from slipway.cli import release as verbs

    name = chosen(environment, local)
    follower, target = verbs.open_release(root.resolve(), service, name, plain=plain)
    sys.exit(verbs.stop(follower, target, rollback=rollback))


@app.command(rich_help_panel=PANEL)
def rollback(
    service: Service,
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    to: Annotated[
        str | None,
        typer.Option(metavar="FAMILY:REVISION", help="To this one, where history can't tell."),
    ] = None,
    plain: Plain = False,
) -> None:
    """Bring back what was live before, even while an alarm fires."""
    from slipway.cli import release as verbs

    name = chosen(environment, local)
    follower, target = verbs.open_release(root.resolve(), service, name, plain=plain)
    sys.exit(verbs.rollback(follower, target, to=to))
