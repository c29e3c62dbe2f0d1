"""``slipway diff``: what a deployment of an environment would do, before anybody deploys it."""

from __future__ import annotations

import sys
from pathlib import Path

from slipway.cli import output
from slipway.cli.account import open_account
from slipway.cli.assembly import assembly_of
from slipway.preview import Preview, compare, text
from slipway.settings import load


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
        settings, environment, aws.cloudformation, assembly_of(root, environment, assembly)
    )
    output.show(Preview.of(found), text=text(found), as_json=as_json)
    for stack, place in found.left_out.items():
        print(f"{stack} is in {place}: these credentials don't reach it", file=sys.stderr)
    return 1 if check and found.taken else 0
