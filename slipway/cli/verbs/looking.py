"""Looking: what is live, what runs, what ran."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.choices import Page, listed
from slipway.cli.options import (
    AnyService,
    Environment,
    Json,
    JsonLines,
    Local,
    Plain,
    Root,
    Service,
    chosen,
    chosen_if_any,
)

app = typer.Typer()

PANEL = "Looking"


@app.command(rich_help_panel=PANEL)
def watch(
    service: Service,
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    plain: Plain = False,
) -> None:
    """Follow the deployment that runs to its end, whoever started it."""
    from slipway.cli import release as verbs

    name = chosen(environment, local)
    sys.exit(verbs.watch_running(*verbs.open_release(root.resolve(), service, name, plain=plain)))


@app.command(rich_help_panel=PANEL)
def status(
    service: Service,
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    as_json: Json = False,
) -> None:
    """Say what is live, what runs and what ran."""
    from slipway.cli import release as verbs
    from slipway.cli.status import show

    aws, target = verbs.open_target(root.resolve(), service, chosen(environment, local))
    sys.exit(show(aws, target, as_json=as_json))


@app.command(rich_help_panel=PANEL)
def logs(
    service: Service,
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    since: Annotated[str, typer.Option(metavar="TIME", help="How far back.")] = "10m",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines.")] = False,
    grep: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="Only lines that match this expression.")
    ] = None,
    hooks: Annotated[
        bool, typer.Option("--hooks", help="What the last deployment's hooks logged.")
    ] = False,
    as_json: JsonLines = False,
) -> None:
    """Show what the service's tasks log, or what its hooks logged."""
    from slipway.cli import logs as printing
    from slipway.cli import release as verbs
    from slipway.cli.usage import UsageError, duration

    if hooks and follow:
        raise UsageError("--follow goes with the tasks' logs, not with --hooks: leave one out")
    since_when = duration("--since", since)
    pattern = printing.expression(grep)
    aws, target = verbs.open_target(root.resolve(), service, chosen(environment, local))
    if hooks:
        sys.exit(printing.hooks(aws, target, pattern=pattern, as_json=as_json))
    sys.exit(
        printing.tasks(
            aws, target, since=since_when, follow=follow, pattern=pattern, as_json=as_json
        )
    )


@app.command(rich_help_panel=PANEL)
def history(
    service: Service,
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    limit: Annotated[
        int, typer.Option(min=1, max=25, metavar="NUMBER", help="How many deployments.")
    ] = 10,
    as_json: Json = False,
) -> None:
    """Say what was released when, by whom, and how it ended."""
    from slipway.cli import release as verbs
    from slipway.cli.history import show

    aws, target = verbs.open_target(root.resolve(), service, chosen(environment, local))
    sys.exit(show(aws, target, limit=limit, as_json=as_json))


@app.command("open", rich_help_panel=PANEL)
def open_(
    service: AnyService = None,
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    page: Annotated[
        Page, typer.Option(metavar="PAGE", help=f"{listed(Page)}; the pipeline is no service's.")
    ] = Page.DASHBOARD,
    show_only: Annotated[
        bool, typer.Option("--print", help="Print the address, and open no browser.")
    ] = False,
) -> None:
    """Open a page: the dashboard, the log, the pipeline, the service itself."""
    from slipway.cli.open import open_page

    named = chosen_if_any(environment, local)
    sys.exit(open_page(root.resolve(), service, named, page=page, show_only=show_only))
