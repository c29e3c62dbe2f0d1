"""``slipway diff``: what a deployment of an environment would do, before anybody deploys it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from slipway.cli.account import open_account
from slipway.preview import compare, plain, text
from slipway.rehearsal import kept
from slipway.rehearsal.cdk import run_cdk
from slipway.settings import load

_CHECKOUT = Path(__file__).resolve().parents[2]


def show(root: Path, environment: str, *, assembly: Path | None, as_json: bool, check: bool) -> int:
    """Say what a deployment would do; with `check`, fail where it takes away what must stay.

    Raises
    ------
    SettingsError
        There is no such environment, or the settings are wrong.
    ReleaseError
        AWS refused or can't be reached, or the credentials are of another account.
    RehearsalError
        The synthesis failed, or the environment is rehearsed and no rehearsal is kept.
    AssemblyError
        The assembly can't be read, or holds no stack of the environment.
    """
    settings = load(root)
    aws = open_account(root, settings, environment)
    found = compare(
        settings, environment, aws.cloudformation, assembly or _synthesise(root, environment)
    )
    print(json.dumps(plain(found), indent=2) if as_json else text(found))
    for stack, place in found.left_out.items():
        print(f"{stack} is in {place}: these credentials don't reach it", file=sys.stderr)
    return 1 if check and found.taken else 0


def _synthesise(root: Path, environment: str) -> Path:
    directory = root / "build" / "diff"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    print(f"Synthesising {environment}", file=sys.stderr, flush=True)
    run_cdk(
        "synth",
        *("--context", f"settings={root}", "--context", f"environment={environment}"),
        *_images(root, environment),
        *("--output", str(directory / "cdk.out"), "--quiet"),
        project=_CHECKOUT,
        # The library's own validator takes most of a synthesis, and `make check` runs it.
        environment={**os.environ, "CDK_VALIDATION": "false"},
        log=directory / "cdk.log",
    )
    return directory / "cdk.out"


def _images(root: Path, environment: str) -> tuple[str, ...]:
    """Name the images of the rehearsal that is kept, where it is what is looked at."""
    if environment != kept.ENVIRONMENT:
        return ()
    return ("--context", f"images={Path(kept.find(root).workspace).with_name('images.json')}")
