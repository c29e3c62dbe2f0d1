"""The ``slipway`` program: its verbs put together, and how its mistakes end."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from slipway.cli.completion_scripts import take_ours
from slipway.cli.verbs import (
    checkout,
    deploying,
    describing,
    looking,
    operating,
    releases,
    setting_up,
)

app = typer.Typer(
    name="slipway",
    help="From a container to a production release on Amazon ECS.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from slipway import __version__

        typer.echo(f"slipway {__version__}")
        raise typer.Exit


@app.callback()
def _before_any_verb(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    """Take the options that stand before a verb."""


# The panels of the help, in the order in which one needs them.
for panel in (setting_up, deploying, releases, looking, operating, describing, checkout):
    app.add_typer(panel.app)

take_ours()


def main() -> None:
    """Run the command line.

    What the user, AWS or the machine can mend ends in a line for each mistake, and with the exit
    code that `slipway.cli.errors` gives it. A mistake of ours keeps its traceback.
    """
    try:
        app()
    except Exception as error:
        from slipway.cli.errors import exit_code, told

        error = told(error)
        code = exit_code(error)
        if code is None:
            raise
        print(error, file=sys.stderr)
        sys.exit(code)
