"""The verbs. Each imports what it needs when it runs: ``slipway --help`` answers at once."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="slipway",
    help="From a container to a production release on Amazon ECS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Root = Annotated[
    Path,
    typer.Option(
        "--root", help="The folder that holds slipway.yaml.", file_okay=False, exists=True
    ),
]


def main() -> None:
    """Run the command line; a mistake of the user's ends in one line and exit code 1."""
    try:
        app()
    except Exception as error:
        if not _is_for_the_user(error):
            raise
        print(error, file=sys.stderr)
        sys.exit(1)


def _is_for_the_user(error: Exception) -> bool:
    """Tell a mistake that the user can mend from one of ours."""
    from slipway.rehearsal.errors import RehearsalError
    from slipway.release.errors import ReleaseError
    from slipway.settings import SettingsError

    return isinstance(error, SettingsError | ReleaseError | RehearsalError)


@app.command()
def rehearse(
    root: Root = Path(),
    stop_with_parent: Annotated[
        bool, typer.Option("--stop-with-parent", help="End when the parent process does.")
    ] = False,
) -> None:
    """Deploy everything to an AWS on this machine, and release on it under traffic."""
    from slipway.cli.rehearse import rehearse as run

    if stop_with_parent:
        from slipway.leash import stop_when_orphaned

        stop_when_orphaned(os.getppid())
    sys.exit(run(root.resolve()))


@app.command()
def lock(
    root: Root = Path(),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where an entry is missing.")
    ] = False,
) -> None:
    """Note what each new service is created with, in environments/<name>.lock.yaml."""
    from slipway.settings import load
    from slipway.settings.lock import missing_entries, write_missing_entries

    settings = load(root.resolve())
    missing = False
    for environment in settings.environments:
        file = f"environments/{environment}.lock.yaml"
        if check:
            names = missing_entries(settings, environment)
            if names:
                missing = True
                print(f"{file}: has no entry for {', '.join(names)}; run make synth, commit it")
        else:
            names = write_missing_entries(settings, environment)
            if names:
                print(f"{file}: added {', '.join(names)}; commit it")
    raise typer.Exit(1 if missing else 0)
