"""The repository that the pipeline watches, and the clone of a developer who pushes to it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from slipway.leash import Leashed
from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.workspace import Workspace

BRANCH = "main"

_LAST_LINES = 15

# What is installed in a checkout and belongs to no commit.
_INSTALLED = (".venv", "node_modules")

# Nothing of the person's own git reaches a rehearsal, and nothing of the rehearsal's theirs.
# https://git-scm.com/docs/git#_environment_variables
_GIT: Mapping[str, str] = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Developer",
    "GIT_AUTHOR_EMAIL": "developer@shop.example.com",
    "GIT_COMMITTER_NAME": "Developer",
    "GIT_COMMITTER_EMAIL": "developer@shop.example.com",
}
_SETTINGS = (
    *("-c", "commit.gpgsign=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    # What was copied is what is committed, to the byte.
    *("-c", "core.autocrlf=false"),
    *("-c", "safe.directory=*"),
)


@dataclass(frozen=True)
class Origin:
    """The repository at its host: bare, with one branch."""

    directory: Path

    @classmethod
    def create(cls, directory: Path) -> Self:
        """Make it, without a commit."""
        git(
            *("init", "--quiet", "--bare", "--template=", f"--initial-branch={BRANCH}"),
            str(directory),
            folder=directory.parent,
        )
        return cls(directory)


@dataclass(frozen=True)
class Developer:
    """Somebody with a clone of the repository, who changes the project as its users do."""

    workspace: Workspace
    project: Path = field(repr=False)
    """The checkout that the clone began as a copy of."""

    @classmethod
    def begin(cls, project: Path, origin: Origin, directory: Path) -> Self:
        """Clone an empty repository, and copy the project into it, uncommitted.

        The copy is what a commit of everything in the checkout would hold: what git tracks there
        as it is now, and what is new and not ignored; or, where the checkout is no git
        repository, all that its .gitignore doesn't name. What is installed in the checkout is
        linked, so that the developer's own commands start at once.

        Raises
        ------
        RehearsalError
            The checkout can't be copied.
        """
        git("clone", "--quiet", "--template=", str(origin.directory), str(directory))
        developer = cls(Workspace(directory), project)
        developer._copy()
        for name in _INSTALLED:
            if (project / name).exists():
                (directory / name).symlink_to((project / name).resolve())
        (directory / ".git" / "info").mkdir(exist_ok=True)
        # A link is no directory: a .gitignore with a slash behind the name would not mean it.
        (directory / ".git" / "info" / "exclude").write_text(
            "".join(f"/{name}\n" for name in _INSTALLED)
        )
        return developer

    @property
    def directory(self) -> Path:
        """The clone."""
        return self.workspace.directory

    @property
    def head(self) -> str:
        """The id of the last commit."""
        return self._git("rev-parse", "HEAD").strip()

    def add(self, file: str, text: str) -> None:
        """Write a new file.

        Raises
        ------
        RehearsalError
            The project has such a file already.
        """
        path = self.directory / file
        if path.exists():
            raise RehearsalError(
                f"{file}: the rehearsal adds this file, but the project has it already: "
                "rename it there"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def revert(self, commit: str) -> None:
        """Take a commit's change back, uncommitted."""
        self._git("revert", "--no-commit", commit)

    def run(self, *command: str, **variables: str) -> None:
        """Run a command of the project in the clone, with what is installed in the checkout.

        Parameters
        ----------
        command
            The argument vector; ``python`` is the checkout's interpreter.
        variables
            Environment variables.

        Raises
        ------
        RehearsalError
            It failed; the message holds its last lines.
        """
        with (
            tempfile.TemporaryFile() as output,
            Leashed(
                [sys.executable if command[0] == "python" else command[0], *command[1:]],
                cwd=self.directory,
                env={**self.environment, **variables},
                stdout=output,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            code = process.wait()
            output.seek(0)
            said = output.read().decode(errors="replace").splitlines()
        if code:
            lines = "".join(f"\n  | {line}" for line in said[-_LAST_LINES:])
            raise RehearsalError(f"{' '.join(command)} failed with exit code {code}{lines}")

    @property
    def environment(self) -> dict[str, str]:
        """Lead Python to the clone's own packages, and not to those of the checkout."""
        return {
            **_without_git(),
            "PYTHONPATH": os.pathsep.join(
                (str(self.directory), str(self.directory / "constructs"))
            ),
        }

    def commit(self, message: str) -> str:
        """Commit everything that was changed.

        Returns
        -------
        str
            The commit's id.
        """
        self._git("add", "--all")
        self._git("commit", "--quiet", f"--message={message}")
        return self.head

    def push(self) -> None:
        """Push the branch: what starts the pipeline."""
        self._git("push", "--quiet", "origin", f"HEAD:refs/heads/{BRANCH}")

    def put(self, message: str) -> str:
        """Commit and push; return the commit's id."""
        commit = self.commit(message)
        self.push()
        return commit

    def _copy(self) -> None:
        """Check out what the checkout holds, through git's own rules for what belongs to it."""
        index = (f"--git-dir={self.directory / '.git'}", f"--work-tree={self.project}")
        if files := _files_of(self.project):
            git(
                *index,
                *("add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul"),
                folder=self.project,
                literal=True,
                given="\0".join(files),
            )
        else:
            git(*index, "add", "--all", folder=self.project)
        self._git("checkout-index", "--all", "--force")

    def _git(self, *arguments: str) -> str:
        return git(*arguments, folder=self.directory)


def _files_of(project: Path) -> list[str]:
    """List what belongs to a checkout, by the person's own git; nothing where it is none."""
    try:
        listed = subprocess.run(
            [_program(), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=project,
            env=_without_git(),
            capture_output=True,
            text=True,
            check=True,
        )
    except subprocess.CalledProcessError:
        return []
    files = dict.fromkeys(filter(None, listed.stdout.split("\0")))
    # What was deleted and not yet committed is listed, too.
    return [file for file in files if os.path.lexists(project / file)]


def git(
    *arguments: str, folder: Path | None = None, literal: bool = False, given: str | None = None
) -> str:
    """Run git with a configuration of its own, and return what it printed.

    Parameters
    ----------
    arguments
        As on the command line.
    folder
        Where to run it.
    literal
        Whether paths are taken as they are, and not as patterns.
    given
        Its standard input.

    Raises
    ------
    RehearsalError
        It failed; the message holds what it said.
    """
    patterns = {"GIT_LITERAL_PATHSPECS": "1"} if literal else {}
    result = subprocess.run(
        [_program(), *_SETTINGS, *arguments],
        cwd=folder,
        env={**_without_git(), **_GIT, **patterns},
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        verb = _verb(arguments)
        raise RehearsalError(f"git {verb} failed: {result.stderr.strip() or result.returncode}")
    return result.stdout


def _program() -> str:
    if (program := shutil.which("git")) is None:
        raise RehearsalError("The rehearsal of the pipeline needs git: install it")
    return program


def _verb(arguments: Sequence[str]) -> str:
    return next(argument for argument in arguments if not argument.startswith("-"))


def _without_git() -> dict[str, str]:
    """Leave out what git tells the hooks that it runs: this is another repository."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
