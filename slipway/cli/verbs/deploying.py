"""An environment's stacks: what they are, what would change."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.options import Assembly, Environment, Json, Local, Root, chosen

app = typer.Typer()

PANEL = "Deploying"


@app.command(rich_help_panel=PANEL)
def diff(
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    assembly: Assembly = None,
    as_json: Json = False,
    check: Annotated[
        bool, typer.Option("--check", help="Fail where something goes that must stay.")
    ] = False,
) -> None:
    """Say what a deployment would do: update, interrupt, replace."""
    from slipway.cli.diff import show

    name = chosen(environment, local)
    sys.exit(show(root.resolve(), name, assembly=assembly, as_json=as_json, check=check))
