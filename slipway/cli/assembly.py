"""The cloud assembly of an environment: what synthesis makes of the settings."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from slipway.cli.own_folder import own_folder
from slipway.rehearsal import kept
from slipway.rehearsal.cdk import run_cdk

CHECKOUT = Path(__file__).resolve().parents[2]

# No environment may be called so: names of environments have no dots.
_ALL = "all.environments"


def assembly_of(
    root: Path, environment: str | None, given: Path | None = None, *, built: bool = True
) -> Path:
    """Return the folder of an environment's assembly; without a given one, synthesise it.

    What is synthesised is this process's own until it ends: two commands that run at the same time
    don't read what the other one writes.

    Parameters
    ----------
    root
        The folder that holds ``slipway.yaml``.
    environment
        Its name; with none, everything is synthesised, the pipeline too.
    given
        What ``cdk synth`` has written before.
    built
        The templates are to name the images that the kept rehearsal has.

    Raises
    ------
    RehearsalError
        The synthesis failed, or the environment is rehearsed and no rehearsal is kept.
    """
    if given is not None:
        return given
    images = _images(root, environment) if built else ()
    directory = own_folder(root / "build" / "synthesis" / (environment or _ALL))
    assembly = directory / "cdk.out"
    synthesise(root, environment, *images, into=assembly, log=directory / "cdk.log")
    return assembly


def synthesise(root: Path, environment: str | None, *arguments: str, into: Path, log: Path) -> None:
    """Let the CDK write the cloud assembly of an environment, or of everything, into a folder.

    Raises
    ------
    RehearsalError
        The synthesis failed.
    """
    print(f"Synthesising {environment or 'every environment'}", file=sys.stderr, flush=True)
    run_cdk(
        "synth",
        *("--context", f"settings={root}"),
        *(("--context", f"environment={environment}") if environment else ()),
        *arguments,
        *("--output", str(into), "--quiet"),
        project=CHECKOUT,
        # The library's own validator takes most of a synthesis, and `make policy` runs it.
        environment={**os.environ, "CDK_VALIDATION": "false"},
        log=log,
    )


def _images(root: Path, environment: str | None) -> tuple[str, ...]:
    """Name the images of the rehearsal that is kept, where it is what is looked at."""
    if environment != kept.ENVIRONMENT:
        return ()
    return ("--context", f"images={Path(kept.find(root).workspace).with_name('images.json')}")
