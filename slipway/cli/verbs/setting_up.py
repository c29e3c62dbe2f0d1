"""Setting up: accounts and what they need."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.options import EnvironmentName, Root

app = typer.Typer()

PANEL = "Setting up"


@app.command(rich_help_panel=PANEL)
def bootstrap(
    environment: EnvironmentName = None,
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
