"""The checkout: rehearsals, locks, schemas."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.completing import schemas
from slipway.cli.options import Root

app = typer.Typer()

PANEL = "The checkout"


@app.command(rich_help_panel=PANEL)
def rehearse(
    root: Root = Path(),
    keep: Annotated[
        bool, typer.Option("--keep", help="Deploy, then leave everything running until Ctrl-C.")
    ] = False,
    pipeline: Annotated[
        bool, typer.Option("--pipeline", help="Have the pipeline do it: pushes and approvals.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="With --pipeline: only its first run and a release.")
    ] = False,
    stop_with_parent: Annotated[
        int | None, typer.Option(metavar="PID", help="End when the parent, this process, does.")
    ] = None,
) -> None:
    """Deploy everything to an AWS on this machine, and release on it under traffic."""
    from slipway.cli.rehearse import rehearse as run
    from slipway.cli.rehearse import rehearse_pipeline
    from slipway.cli.usage import UsageError

    if pipeline and keep:
        raise UsageError("--keep and --pipeline: nothing of the pipeline is kept; name one of them")
    if quick and not pipeline:
        raise UsageError("--quick is for --pipeline: the other rehearsal takes a minute and a half")

    if stop_with_parent is not None:
        from slipway.leash import stop_when_orphaned

        stop_when_orphaned(stop_with_parent)
    if pipeline:
        sys.exit(rehearse_pipeline(root.resolve(), quick=quick))
    sys.exit(run(root.resolve(), keep=keep))


@app.command(rich_help_panel=PANEL)
def lock(
    root: Root = Path(),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where an entry is missing.")
    ] = False,
) -> None:
    """Note what each new service is created with, in environments/<name>.lock.yaml."""
    from slipway.cli.lock import lock as run

    sys.exit(run(root.resolve(), check=check))


@app.command(rich_help_panel=PANEL)
def schema(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A verb that has --json, or such as service.yaml.",
            autocompletion=schemas,
        ),
    ],
) -> None:
    """Print the JSON Schema of a verb's --json, of a report, or of a file of settings."""
    from slipway.cli.schemas import text_of

    print(text_of(name), end="")
