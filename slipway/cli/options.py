"""Arguments and options that several verbs take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

from slipway.cli.completing import environments, services

_FILE = "The environment's file, without .yaml."
_FOLDER = "The service's folder under services/."

Root = Annotated[
    Path,
    typer.Option(
        "--root",
        metavar="FOLDER",
        help="Where slipway.yaml is.",
        file_okay=False,
        exists=True,
    ),
]
Service = Annotated[str, typer.Argument(metavar="SERVICE", help=_FOLDER, autocompletion=services)]
AnyService = Annotated[
    str | None, typer.Argument(metavar="SERVICE", help=_FOLDER, autocompletion=services)
]
Environment = Annotated[
    str | None,
    typer.Option("--environment", "-e", metavar="ENV", help=_FILE, autocompletion=environments),
]
EnvironmentName = Annotated[
    str | None, typer.Argument(metavar="ENV", help=_FILE, autocompletion=environments)
]
Local = Annotated[bool, typer.Option("--local", help="The kept rehearsal: the environment local.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON; slipway schema describes it.")]
JsonLines = Annotated[
    bool, typer.Option("--json", help="A JSON object a line; slipway schema describes it.")
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="You approve, where the environment needs it.")
]
Description = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="Who releases what, and why; CodeDeploy keeps it."),
]
Plain = Annotated[bool, typer.Option("--plain", help="Tell it line by line, also in a terminal.")]
Assembly = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="What cdk synth wrote; without it, synth runs.", exists=True
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
        except TyperException as error:
            # Only the one that an unknown option raises has them.
            if hasattr(error, "possibilities") and "--" not in given:
                where = "--local" if "--local" in given else "-e ENV"
                error.message += (
                    ". What belongs to the command goes behind --, and what belongs to slipway "
                    f"before it: slipway {ctx.info_name} SERVICE {where} -- COMMAND"
                )
            raise


class OfEnvironment(TyperCommand):
    """A verb about an environment, which is its argument; about a service, ``-e`` names it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; who takes the one kind of verb for the other is told what to type."""
        try:
            return super().parse_args(ctx, args)
        except TyperException as error:
            if getattr(error, "option_name", "") in {"-e", "--environment"}:
                error.message += f". It is an argument: {ctx.command_path} ENV"
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
        raise UsageError(
            "Say which environment: its name (after -e, if a service comes first), or --local"
        )
    return environment


def chosen_if_any(environment: str | None, local: bool) -> str | None:
    """Return the name of the environment that is meant, where a verb can do without one.

    Raises
    ------
    UsageError
        Two are.
    """
    return chosen(environment, local) if environment or local else None
