"""The verbs. Each imports what it needs when it runs: ``slipway --help`` answers at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.options import Root
from slipway.cli.verbs import app as verbs

app = typer.Typer(
    name="slipway",
    help="From a container to a production release on Amazon ECS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(verbs)


def main() -> None:
    """Run the command line.

    Wrong settings end in a line for each mistake and exit code 2, as a wrong option does; what
    AWS or the machine refuses ends in one line and exit code 1.
    """
    try:
        app()
    except Exception as error:
        exit_code = _exit_code(error)
        if exit_code is None:
            raise
        print(error, file=sys.stderr)
        sys.exit(exit_code)


def _exit_code(error: Exception) -> int | None:
    """Tell what the user can mend from a mistake of ours, which has no exit code."""
    from slipway.changes import AssemblyError
    from slipway.cli.usage import UsageError
    from slipway.rehearsal.errors import RehearsalError
    from slipway.release.errors import ReleaseError
    from slipway.settings import SettingsError

    if isinstance(error, SettingsError | UsageError):
        return 2
    return 1 if isinstance(error, ReleaseError | RehearsalError | AssemblyError) else None


@app.command(rich_help_panel="The checkout")
def rehearse(
    root: Root = Path(),
    keep: Annotated[
        bool, typer.Option("--keep", help="Deploy, then leave everything running until Ctrl-C.")
    ] = False,
    pipeline: Annotated[
        bool, typer.Option("--pipeline", help="Have the pipeline do it: pushes and approvals.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Of the pipeline's, only first run and release.")
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


@app.command(rich_help_panel="The checkout")
def lock(
    root: Root = Path(),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where an entry is missing.")
    ] = False,
) -> None:
    """Note what each new service is created with, in environments/<name>.lock.yaml."""
    from slipway.settings import load
    from slipway.settings.lock import (
        check_entries,
        entries_without_a_service,
        missing_entries,
        write_missing_entries,
    )

    settings = load(root.resolve())
    # All of them are read before one is written.
    missing = {name: missing_entries(settings, name) for name in settings.environments}
    for environment in missing:
        check_entries(settings, environment)
    for environment, services in missing.items():
        file = f"environments/{environment}.lock.yaml"
        if services and check:
            print(f"{file}: has no entry for {', '.join(services)}; run make synth, commit it")
        elif services:
            write_missing_entries(settings, environment)
            print(f"{file}: added {', '.join(services)}; commit it")
        for name in entries_without_a_service(settings, environment):
            print(
                f"{file}: {name} has no folder under services/ any more; remove its entry once "
                "its stack is gone"
            )
    raise typer.Exit(1 if check and any(missing.values()) else 0)
