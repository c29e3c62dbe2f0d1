"""An environment's stacks: what they are, what would change."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.completing import services
from slipway.cli.options import (
    Assembly,
    Description,
    EnvironmentName,
    Json,
    Local,
    OfEnvironment,
    Plain,
    Root,
    Yes,
    chosen,
    chosen_if_any,
)

app = typer.Typer()

PANEL = "Deploying"


@app.command(cls=OfEnvironment, rich_help_panel=PANEL)
def synth(
    environment: EnvironmentName = None,
    local: Local = False,
    root: Root = Path(),
    as_json: Json = False,
) -> None:
    """Write the templates of all environments, or of one, into cdk.out; say how large they are."""
    from slipway.cli.synth import synth as run

    sys.exit(run(root.resolve(), chosen_if_any(environment, local), as_json=as_json))


@app.command(cls=OfEnvironment, rich_help_panel=PANEL)
def diff(
    environment: EnvironmentName = None,
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


@app.command(cls=OfEnvironment, rich_help_panel=PANEL)
def deploy(
    environment: EnvironmentName = None,
    local: Local = False,
    root: Root = Path(),
    service: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SERVICE",
            help="Only this service's stack and release; may be repeated.",
            autocompletion=services,
        ),
    ] = None,
    stacks_only: Annotated[
        bool, typer.Option("--stacks-only", help="Release nothing; traffic stays where it is.")
    ] = False,
    give_up_after: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="How long a new service may try to start, instead of 15m."
        ),
    ] = None,
    description: Description = None,
    yes: Yes = False,
    plain: Plain = False,
    as_json: Json = False,
) -> None:
    """Deploy an environment's stacks, then release what changed. slipway diff says what would."""
    from slipway.cli.deploy import deploy as run
    from slipway.cli.usage import duration

    name = chosen(environment, local)
    patience = duration("--give-up-after", give_up_after) if give_up_after else None
    sys.exit(
        run(
            root.resolve(),
            name,
            services=service or (),
            stacks_only=stacks_only,
            give_up_after=patience,
            description=description,
            yes=yes,
            plain=plain,
            as_json=as_json,
        )
    )
