"""Describing: what an environment costs, and what it looks like."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.options import Assembly, EnvironmentName, Local, Root, chosen

app = typer.Typer()

PANEL = "Describing"


class Kind(StrEnum):
    """What a picture shows."""

    ENVIRONMENT = "environment"
    PIPELINE = "pipeline"
    RELEASE = "release"


@app.command(rich_help_panel=PANEL)
def diagram(
    environment: EnvironmentName = None,
    local: Local = False,
    root: Root = Path(),
    kind: Annotated[
        Kind, typer.Option(help="A release is that of --service; the pipeline needs no ENV.")
    ] = Kind.ENVIRONMENT,
    service: Annotated[str | None, typer.Option(help="Whose release, with --kind release.")] = None,
    assembly: Assembly = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Not standard output.")
    ] = None,
) -> None:
    """Draw an environment, the pipeline or a release as SVG, from the synthesised templates.

    SVG is what machines get, too: there is no --json.
    """
    from slipway.cli.diagram import draw

    name = chosen(environment, local) if kind is not Kind.PIPELINE else None
    sys.exit(
        draw(
            root.resolve(),
            name,
            kind=kind,
            service=service,
            assembly=assembly,
            output=output,
        )
    )
