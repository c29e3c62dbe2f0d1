"""Arguments and options that several verbs take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

Root = Annotated[
    Path,
    typer.Option(
        "--root", help="The folder that holds slipway.yaml.", file_okay=False, exists=True
    ),
]
Service = Annotated[str, typer.Argument(help="The service's folder under services/.")]
Environment = Annotated[
    str | None,
    typer.Option("--environment", "-e", help="The environment's file, without .yaml."),
]
EnvironmentName = Annotated[
    str | None, typer.Argument(metavar="ENV", help="The environment's file, without .yaml.")
]
Local = Annotated[
    bool, typer.Option("--local", help="The rehearsal that is kept: the same as -e local.")
]
Json = Annotated[bool, typer.Option("--json", help="For machines; slipway schema describes it.")]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="You approve, where an environment needs approval.")
]
Plain = Annotated[
    bool, typer.Option("--plain", help="Lines, also where a terminal could show more.")
]
Assembly = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="What cdk synth has written; otherwise it is run.", exists=True
    ),
]

LOCAL = "local"
"""The environment that `make rehearse-keep` keeps."""


class WithCommand(TyperCommand):
    """A verb that takes a command of somebody else's, whose options stand behind ``--``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Say where the command's options belong, if one of them is refused as ours."""
        given = tuple(args)
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            # Typer brings a Click of its own, which has no public types.
            if hasattr(error, "possibilities") and "--" not in given:
                where = "--local" if "--local" in given else "-e ENV"
                error.message += (  # type: ignore[attr-defined]
                    ". What belongs to the command goes behind --, and what belongs to slipway "
                    f"before it: slipway {ctx.info_name} SERVICE {where} -- COMMAND"
                )
            raise


def chosen(environment: str | None, local: bool) -> str:
    """Return the name of the environment that is meant.

    Raises
    ------
    UsageError
        None is, or two are.
    """
    from slipway.cli.usage import UsageError

    if local and environment not in {None, LOCAL}:
        raise UsageError(f"--local is the environment {LOCAL}, not {environment}: name one of them")
    if local:
        return LOCAL
    if environment is None:
        raise UsageError("Say which environment: its name, or --local for the rehearsal")
    return environment
