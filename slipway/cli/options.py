"""Arguments and options that several verbs take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Root = Annotated[
    Path,
    typer.Option(
        "--root", help="The folder that holds slipway.yaml.", file_okay=False, exists=True
    ),
]
Service = Annotated[str, typer.Argument(help="The service's folder under services/.")]
Environment = Annotated[
    str, typer.Option("--environment", "-e", help="The environment's file, without .yaml.")
]
