"""Operating: one-off tasks, sessions, numbers of tasks, secrets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.options import Environment, Json, Local, Root, Service, Yes, chosen

app = typer.Typer()

PANEL = "Operating"


@app.command(rich_help_panel=PANEL)
def scale(
    service: Service,
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    tasks: Annotated[int | None, typer.Option(min=0, help="How many are wanted now.")] = None,
    minimum: Annotated[
        int | None, typer.Option("--min", min=0, help="Scaling goes no lower.")
    ] = None,
    maximum: Annotated[
        int | None, typer.Option("--max", min=0, help="Scaling goes no higher.")
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Say how many tasks a service has and may have, and set either."""
    from slipway.cli import release as verbs
    from slipway.cli.consent import confirmed
    from slipway.cli.scale import show
    from slipway.settings import load

    name = chosen(environment, local)
    changes = (tasks, minimum, maximum) != (None, None, None)
    question = f"Scale {service} in {name}?"
    if changes and not confirmed(load(root.resolve()), name, question, yes=yes):
        sys.exit(1)
    aws, target = verbs.open_target(root.resolve(), service, name)
    sys.exit(show(aws, target, tasks=tasks, minimum=minimum, maximum=maximum, as_json=as_json))


@app.command(rich_help_panel=PANEL)
def secrets(
    service: Service,
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    to_set: Annotated[
        str | None,
        typer.Option("--set", metavar="VARIABLE", help="Ask for a new value, without an echo."),
    ] = None,
    to_generate: Annotated[
        str | None, typer.Option("--generate", metavar="VARIABLE", help="Have a value made up.")
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Say which secrets a service reads, and give one a new value; none is ever shown."""
    from slipway.cli.secrets import show
    from slipway.cli.usage import UsageError

    if to_set and to_generate:
        raise UsageError("--set asks for a value, --generate makes one up: leave one out")
    sys.exit(
        show(
            root.resolve(),
            service,
            chosen(environment, local),
            to_set=to_set,
            to_generate=to_generate,
            yes=yes,
            as_json=as_json,
        )
    )
