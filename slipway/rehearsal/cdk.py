"""The CDK command line of the checkout, run as a process that can't outlive us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from slipway.rehearsal.command import run_command


def run_cdk(
    *arguments: str,
    project: Path,
    environment: Mapping[str, str],
    log: Path,
    folder: Path | None = None,
    progress: Callable[[timedelta], None] = lambda _: None,
    look: Callable[[], None] = lambda: None,
) -> None:
    """Run the CDK command line and wait for its end.

    Parameters
    ----------
    arguments
        As on the command line.
    project
        The checkout.
    environment
        All that the process knows of its surroundings.
    log
        Where its output is added.
    folder
        Where to run it; by default in the checkout, whose ``cdk.json`` names the app.
    progress
        Called every few seconds with the time that the command has taken so far.
    look
        Called twice a second; what it raises ends the command.

    Raises
    ------
    RehearsalError
        The command failed; the message holds its last lines and names the log.
    """
    run_command(
        [project / "scripts" / "cdk", "--no-version-reporting", *arguments],
        name=f"cdk {arguments[0]}",
        title=f"cdk {' '.join(arguments)}",
        folder=folder or project,
        environment=environment,
        log=log,
        progress=progress,
        look=look,
    )
