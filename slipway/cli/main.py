"""The verbs. Each imports what it needs when it runs: ``slipway --help`` answers at once."""

from __future__ import annotations

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

Service = Annotated[str, typer.Argument(help="The service's folder under services/.")]
Environment = Annotated[
    str, typer.Option("--environment", "-e", help="The environment's file, without .yaml.")
]


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
    from slipway.rehearsal.errors import RehearsalError
    from slipway.release.errors import ReleaseError
    from slipway.settings import SettingsError

    if isinstance(error, SettingsError):
        return 2
    return 1 if isinstance(error, ReleaseError | RehearsalError) else None


@app.command()
def rehearse(
    root: Root = Path(),
    keep: Annotated[
        bool, typer.Option("--keep", help="Deploy, then leave everything running until Ctrl-C.")
    ] = False,
    stop_with_parent: Annotated[
        int | None, typer.Option(metavar="PID", help="End when the parent, this process, does.")
    ] = None,
) -> None:
    """Deploy everything to an AWS on this machine, and release on it under traffic."""
    from slipway.cli.rehearse import rehearse as run

    if stop_with_parent is not None:
        from slipway.leash import stop_when_orphaned

        stop_when_orphaned(stop_with_parent)
    sys.exit(run(root.resolve(), keep=keep))


@app.command()
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


@app.command()
def release(
    service: Service,
    environment: Environment,
    root: Root = Path(),
    description: Annotated[
        str, typer.Option(help="Who releases what, and why; CodeDeploy keeps it.")
    ] = "slipway release",
    ignore_alarms: Annotated[
        str | None, typer.Option(help="Release although an alarm fires, for this reason.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Release what is live already, for fresh secrets.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="You approve, where releases need approval.")
    ] = False,
) -> None:
    """Release what the service's stack says, and follow it until all traffic has moved."""
    from slipway.cli import release as verbs

    if not verbs.approved(root.resolve(), service, environment, yes=yes):
        sys.exit(1)
    aws, target = verbs.open_target(root.resolve(), service, environment)
    sys.exit(
        verbs.release(
            aws, target, description=description, ignore_alarms=ignore_alarms, force=force
        )
    )


@app.command()
def watch(service: Service, environment: Environment, root: Root = Path()) -> None:
    """Follow the deployment that runs to its end."""
    from slipway.cli import release as verbs

    sys.exit(verbs.watch_running(*verbs.open_target(root.resolve(), service, environment)))


@app.command()
def status(
    service: Service,
    environment: Environment,
    root: Root = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Say what is live, what runs and what ran."""
    from slipway.cli import release as verbs

    aws, target = verbs.open_target(root.resolve(), service, environment)
    sys.exit(verbs.show_status(aws, target, as_json=as_json))


@app.command()
def stop(
    service: Service,
    environment: Environment,
    root: Root = Path(),
    rollback: Annotated[
        bool, typer.Option(help="Whether traffic returns to what was live before.")
    ] = True,
) -> None:
    """Stop the deployment that runs."""
    from slipway.cli import release as verbs

    aws, target = verbs.open_target(root.resolve(), service, environment)
    sys.exit(verbs.stop(aws, target, rollback=rollback))


@app.command()
def rollback(
    service: Service,
    environment: Environment,
    root: Root = Path(),
    to: Annotated[
        str | None, typer.Option(help="family:revision, where history can't tell.")
    ] = None,
) -> None:
    """Bring back what was live before, even while an alarm fires."""
    from slipway.cli import release as verbs

    aws, target = verbs.open_target(root.resolve(), service, environment)
    sys.exit(verbs.rollback(aws, target, to=to))
