"""Describing: what an environment costs, and what it looks like."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.choices import Kind, PriceSource, listed
from slipway.cli.completing import services
from slipway.cli.options import (
    Assembly,
    EnvironmentName,
    Json,
    Local,
    OfEnvironment,
    Root,
    chosen,
)

app = typer.Typer()

PANEL = "Describing"


@app.command(cls=OfEnvironment, rich_help_panel=PANEL)
def cost(
    environment: EnvironmentName = None,
    local: Local = False,
    root: Root = Path(),
    assembly: Assembly = None,
    as_json: Json = False,
    tooling: Annotated[
        bool, typer.Option("--tooling", help="The registry and the pipeline instead.")
    ] = False,
    requests_low: Annotated[
        float | None,
        typer.Option(metavar="NUMBER", help="Requests a second in the low case."),
    ] = None,
    requests_high: Annotated[
        float | None,
        typer.Option(metavar="NUMBER", help="Requests a second in the high case."),
    ] = None,
    assumptions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Your numbers, instead of those that are shipped."),
    ] = None,
    prices: Annotated[
        PriceSource | None,
        typer.Option(
            metavar="SOURCE",
            help=f"{listed(PriceSource)}; by default aws, where there are credentials.",
        ),
    ] = None,
) -> None:
    """Estimate a month's cost, line by line, from the templates."""
    from slipway.cli.cost import show
    from slipway.cli.usage import UsageError, rate

    if tooling and (environment or local):
        raise UsageError("--tooling is no environment's: leave its name out")
    sys.exit(
        show(
            root.resolve(),
            None if tooling else chosen(environment, local),
            assembly=assembly,
            as_json=as_json,
            source=prices.value if prices else None,
            own_assumptions=assumptions,
            requests=(
                rate("--requests-low", requests_low),
                rate("--requests-high", requests_high),
            ),
        )
    )


@app.command(cls=OfEnvironment, rich_help_panel=PANEL)
def diagram(
    environment: EnvironmentName = None,
    local: Local = False,
    root: Root = Path(),
    kind: Annotated[
        Kind, typer.Option(metavar="KIND", help=f"{listed(Kind)}; the pipeline needs no ENV.")
    ] = Kind.ENVIRONMENT,
    service: Annotated[
        str | None,
        typer.Option(
            metavar="SERVICE", help="Whose release, with --kind release.", autocompletion=services
        ),
    ] = None,
    assembly: Assembly = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there.")
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
