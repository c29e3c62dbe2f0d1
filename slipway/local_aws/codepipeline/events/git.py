"""What the git directories of this machine hold: branches, commits, the files of a commit."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_MESSAGE_LIMIT = 100 * 1024
"""In bytes.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
"""


class GitError(Exception):
    """git could not do it; the message is its own, in one line."""


BRANCHES, TAGS = "refs/heads/", "refs/tags/"
_COMMIT_ID = "%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)"


@dataclass(frozen=True)
class Commit:
    """A commit of a repository."""

    id: str
    authored: datetime
    message: str


@dataclass(frozen=True)
class Repository:
    """A git directory, bare or not; nothing is written to it."""

    directory: Path

    def branches(self) -> dict[str, str]:
        """Return the newest commit of every branch."""
        return {
            name.removeprefix(BRANCHES): commit
            for name, commit in self.references().items()
            if name.startswith(BRANCHES)
        }

    def references(self) -> dict[str, str]:
        """Return the commits of all branches and tags, by their full names.

        A tag with a message of its own leads to the commit that it tags.
        """
        listed = self._git("for-each-ref", f"--format={_COMMIT_ID} %(refname)", BRANCHES, TAGS)
        pairs = (line.partition(" ") for line in listed.decode().splitlines())
        return {name: commit for commit, _, name in pairs}

    def commit(self, id_: str) -> Commit:
        """Describe a commit."""
        said = self._git("show", "--no-patch", "--format=%H%n%aI%n%B", f"{id_}^{{commit}}", "--")
        full_id, authored, message = said.decode(errors="replace").split("\n", 2)
        shortened = message.strip().encode()[:_MESSAGE_LIMIT].decode(errors="ignore")
        return Commit(full_id, datetime.fromisoformat(authored).astimezone(UTC), shortened)

    def archive(self, id_: str) -> bytes:
        """Return the files of a commit as a zip file, with executable bits and symbolic links."""
        return self._git("archive", "--format=zip", id_)

    def changed_files(self, before: str, after: str) -> tuple[str, ...]:
        """Return the paths that differ between two commits."""
        listed = self._git("diff", "--name-only", "--no-renames", "-z", before, after, "--")
        return tuple(path for path in listed.decode(errors="replace").split("\0") if path)

    def _git(self, *arguments: str) -> bytes:
        # The directory was named by whoever started this AWS; its owner may be somebody else.
        command = ("git", "-c", "safe.directory=*", "-C", str(self.directory), *arguments)
        environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
        try:
            done = subprocess.run(command, capture_output=True, check=True, env=environment)
        except OSError as error:
            raise GitError(f"git can't be started: {error}") from error
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode(errors="replace").strip().splitlines()
            raise GitError(said[-1] if said else f"git ended with {error.returncode}") from error
        return done.stdout
