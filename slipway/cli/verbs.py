"""The verbs around a release. Each imports what it needs when it runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.options import Environment, Root, Service

app = typer.Typer()

_RELEASES = "Releases"
_LOOKING = "Looking"
_SETTING_UP = "Setting up"


@app.command(rich_help_panel=_RELEASES)
def release(
    service: Service,
    environment: Environment,
    root: Root = Path(),
    description: Annotated[
        str | None, typer.Option(help="Who releases what, and why; CodeDeploy keeps it.")
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Queue behind the release that runs.")
    ] = False,
    wait_for: Annotated[
        str | None, typer.Option(metavar="TIME", help="Queue for this long at most, not 2h.")
    ] = None,
    ignore_alarms: Annotated[
        str | None, typer.Option(help="Release although an alarm fires, for this reason.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Release what is live already, for fresh secrets.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="You approve, where releases need approval.")
    ] = False,
) -> None:
    """Release what the service's stack says, and follow it until all traffic has moved."""
    from slipway.cli import release as verbs
    from slipway.cli.usage import UsageError, duration

    if ignore_alarms is not None and not ignore_alarms.strip():
        raise UsageError("--ignore-alarms needs a reason, which CodeDeploy keeps")
    patience = duration("--wait-for", wait_for or "2h") if wait or wait_for else None
    if not verbs.approved(root.resolve(), service, environment, yes=yes):
        sys.exit(1)
    aws, target = verbs.open_target(root.resolve(), service, environment)
    sys.exit(
        verbs.release(
            aws,
            target,
            read_again=lambda: verbs.open_target(root.resolve(), service, environment)[1],
            description=description,
            wait_for=patience,
            ignore_alarms=ignore_alarms,
            force=force,
        )
    )


@app.command(rich_help_panel=_RELEASES)
def approve(service: Service, environment: Environment, root: Root = Path()) -> None:
    """Let the release that waits for approval shift its traffic, and follow it."""
    from slipway.cli import release as verbs

    sys.exit(verbs.approve(*verbs.open_target(root.resolve(), service, environment)))


@app.command(rich_help_panel=_RELEASES)
def reject(service: Service, environment: Environment, root: Root = Path()) -> None:
    """Stop the release that waits for approval; no client has seen it."""
    from slipway.cli import release as verbs

    sys.exit(verbs.reject(*verbs.open_target(root.resolve(), service, environment)))


@app.command(rich_help_panel=_RELEASES)
def stop(
    service: Service,
    environment: Environment,
    root: Root = Path(),
    rollback: Annotated[
        bool, typer.Option(help="Whether traffic returns to what was live before.")
    ] = True,
) -> None:
    """Stop the deployment that runs."""
    from slipway.cli import release as verbs

    aws, target = verbs.open_target(root.resolve(), service, environment)
    sys.exit(verbs.stop(aws, target, rollback=rollback))


@app.command(rich_help_panel=_RELEASES)
def rollback(
    service: Service,
    environment: Environment,
    root: Root = Path(),
    to: Annotated[
        str | None, typer.Option(help="family:revision, where history can't tell.")
    ] = None,
) -> None:
    """Bring back what was live before, even while an alarm fires."""
    from slipway.cli import release as verbs

    aws, target = verbs.open_target(root.resolve(), service, environment)
    sys.exit(verbs.rollback(aws, target, to=to))


@app.command(rich_help_panel=_LOOKING)
def watch(service: Service, environment: Environment, root: Root = Path()) -> None:
    """Follow the deployment that runs to its end, whoever started it."""
    from slipway.cli import release as verbs

    sys.exit(verbs.watch_running(*verbs.open_target(root.resolve(), service, environment)))


@app.command(rich_help_panel=_LOOKING)
def status(
    service: Service,
    environment: Environment,
    root: Root = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Say what is live, what runs and what ran."""
    from slipway.cli import release as verbs
    from slipway.cli.status import show

    aws, target = verbs.open_target(root.resolve(), service, environment)
    sys.exit(show(aws, target, as_json=as_json))


@app.command(rich_help_panel=_LOOKING)
def logs(
    service: Service,
    environment: Environment,
    root: Root = Path(),
    since: Annotated[str, typer.Option(metavar="TIME", help="How far back.")] = "10m",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines.")] = False,
    grep: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="Only lines with this expression.")
    ] = None,
    hooks: Annotated[
        bool, typer.Option("--hooks", help="What the last deployment's hooks logged.")
    ] = False,
) -> None:
    """Show what the service's tasks log, or what its hooks logged."""
    from slipway.cli import logs as printing
    from slipway.cli import release as verbs
    from slipway.cli.usage import UsageError, duration

    if hooks and follow:
        raise UsageError("--follow goes with the tasks' logs, not with --hooks: leave one out")
    since_when = duration("--since", since)
    pattern = printing.expression(grep)
    aws, target = verbs.open_target(root.resolve(), service, environment)
    if hooks:
        sys.exit(printing.hooks(aws, target, pattern=pattern))
    sys.exit(printing.tasks(aws, target, since=since_when, follow=follow, pattern=pattern))


@app.command(rich_help_panel=_LOOKING)
def diff(
    environment: Environment,
    root: Root = Path(),
    assembly: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="What cdk synth has written; otherwise it is run.", exists=True
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Fail where something goes that must stay.")
    ] = False,
) -> None:
    """Say what a deployment would do: update, interrupt, replace."""
    from slipway.cli.diff import show

    sys.exit(show(root.resolve(), environment, assembly=assembly, as_json=as_json, check=check))


@app.command(rich_help_panel=_SETTING_UP)
def bootstrap(
    environment: Annotated[
        str | None, typer.Argument(help="The environment's file, without .yaml.")
    ] = None,
    tooling: Annotated[
        bool, typer.Option("--tooling", help="The account of the pipeline and the registry.")
    ] = False,
    root: Root = Path(),
    execution_policy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ARN", help="What CloudFormation may do there, not AdministratorAccess."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the commands and run none.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
) -> None:
    """Make an account ready for the pipeline, once: with that account's credentials."""
    from slipway.cli import bootstrap as preparing

    sys.exit(
        preparing.bootstrap(
            root.resolve(),
            environment,
            tooling=tooling,
            policies=execution_policy or (),
            dry_run=dry_run,
            yes=yes,
        )
    )
