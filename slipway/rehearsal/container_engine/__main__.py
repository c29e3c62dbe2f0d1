"""The commands of ``docker`` that the pipeline's builds use, and no others.

``python -m slipway.rehearsal.container_engine --images DIRECTORY --environments DIRECTORY COMMAND``

A command or an option that it doesn't know is refused in a line: what is skipped in silence would
be missed on AWS only. Like the engine of a build machine, it knows the images and the logins of one
build: they are in the folder ``.container-engine`` of its ``HOME``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from slipway.rehearsal import images
from slipway.rehearsal.container_engine.archive import save
from slipway.rehearsal.container_engine.registry import Registry
from slipway.rehearsal.container_engine.store import Store
from slipway.rehearsal.errors import RehearsalError

_VERSION = "A container engine without containers, for rehearsals"
_SYSTEM = "linux"


class _Parser(argparse.ArgumentParser):
    """One line for what it doesn't know."""

    def error(self, message: str) -> NoReturn:
        raise RehearsalError(f"docker: {message}: the rehearsal's engine has no more than that")


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command.

    Returns
    -------
    int
        0 if it is done; 1 after a line on standard error that says why not.
    """
    try:
        options = _parser().parse_args(arguments)
        # Where it is set there is no engine: a build without privileged mode reaches none.
        if elsewhere := os.environ.get("DOCKER_HOST"):
            raise RehearsalError(f"docker: no engine answers at {elsewhere}")
        _COMMANDS[options.command](options, Store(Path.home() / ".container-engine"))
    except RehearsalError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="docker", add_help=False, allow_abbrev=False)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--environments", type=Path, required=True)
    parser.add_argument("--version", action="version", version=_VERSION)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)

    def add(name: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, prog=f"docker {name}", add_help=False, allow_abbrev=False)

    add("info")
    login = add("login")
    login.add_argument("--username", required=True)
    login.add_argument("--password-stdin", action="store_true", required=True)
    login.add_argument("registry")
    add("logout").add_argument("registry")
    build = add("build")
    build.add_argument("--platform", required=True)
    build.add_argument("--tag", required=True)
    build.add_argument("--build-arg", action="append", default=[])
    build.add_argument("folder", type=Path)
    saved = add("save")
    saved.add_argument("--output", type=Path, required=True)
    saved.add_argument("reference")
    add("push").add_argument("reference")
    return parser


def _info(_options: argparse.Namespace, _store: Store) -> None:
    print("Images are directories, and containers are processes of this machine.")


def _login(options: argparse.Namespace, store: Store) -> None:
    credentials = (options.username, sys.stdin.read().strip())
    Registry(options.registry, credentials).sign_in()
    store.keep_login(options.registry, credentials)
    print("Login Succeeded")


def _logout(options: argparse.Namespace, store: Store) -> None:
    store.forget_login(options.registry)


def _build(options: argparse.Namespace, store: Store) -> None:
    system, _, architecture = options.platform.partition("/")
    if system != _SYSTEM:
        raise RehearsalError(f"docker build: no image is built for {options.platform} here")
    # Build arguments say where the base image comes from: no base image is used here.
    image = images.build(
        options.folder,
        options.images,
        environments=options.environments,
        architecture=architecture,
        progress=print,
    )
    store.keep_image(options.tag, image.blobs)
    print(f"{options.tag} is {image.digest}")


def _save(options: argparse.Namespace, store: Store) -> None:
    save(options.reference, store.image(options.reference), options.output)


def _push(options: argparse.Namespace, store: Store) -> None:
    host, _, name = options.reference.partition("/")
    repository, _, tag = name.rpartition(":")
    registry = Registry(host, store.login(host))
    digest = registry.push(repository, tag, store.image(options.reference))
    print(f"{tag}: digest: {digest}")


_COMMANDS = {
    "info": _info,
    "login": _login,
    "logout": _logout,
    "build": _build,
    "save": _save,
    "push": _push,
}


if __name__ == "__main__":
    sys.exit(main())
