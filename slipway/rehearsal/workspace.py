"""An edited copy of the project: where a rehearsal's next versions are made."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from slipway.rehearsal import yaml_file
from slipway.rehearsal.errors import RehearsalError

_FILE = "slipway.yaml"
_FOLDERS = ("environments", "services")
_CACHES = shutil.ignore_patterns("__pycache__", "*.pyc", ".*_cache", ".venv", "venv")


@dataclass(frozen=True)
class Workspace:
    """The settings and services of a project, copied so that they can be changed.

    What is set in it is noted in a file beside it, so that any process can copy the project again.
    Versions 2 and 3 of a service are edits of its real source: service code holds no switch for
    the rehearsal.
    """

    directory: Path

    @classmethod
    def create(cls, project_root: Path, directory: Path) -> Workspace:
        """Copy `slipway.yaml`, the environments with their locks, and the services.

        What `directory` held before is gone.
        """
        workspace = cls(directory)
        workspace._notes.unlink(missing_ok=True)
        workspace.copy_again(project_root)
        return workspace

    def copy_again(self, project_root: Path) -> None:
        """Take over the project as it is now: edits are gone, and what was set is set again.

        Raises
        ------
        RehearsalError
            Something is missing there.
        """
        if self.directory.exists():
            shutil.rmtree(self.directory)
        self.directory.mkdir(parents=True)
        try:
            shutil.copy(project_root / _FILE, self.directory)
            for folder in _FOLDERS:
                shutil.copytree(project_root / folder, self.directory / folder, ignore=_CACHES)
        except FileNotFoundError as error:
            missing = Path(error.filename).relative_to(project_root)
            raise RehearsalError(
                f"{missing}: not found in {project_root}: run this in a checkout of the project"
            ) from error
        for file, key, value in self._was_set():
            # What was set for a service that is gone meanwhile is gone with it.
            if (self.directory / file).exists():
                self._put(file, key, value)

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace the only occurrence of `old`.

        Raises
        ------
        RehearsalError
            The file holds `old` not at all or several times, so this edit is out of date.
        """
        path = self._existing(file)
        text = path.read_text()
        if (found := text.count(old)) != 1:
            raise RehearsalError(
                f"{file}: expected {old!r} once, found it {found} times: "
                "bring the rehearsal's edit in line with the file"
            )
        path.write_text(text.replace(old, new))

    def set(self, file: str, key: str, value: str | int) -> None:
        """Set one key of a YAML file, whether or not the file has it; comments are lost.

        Parameters
        ----------
        file
            Relative to the workspace.
        key
            The way to the value: ``environments.local.load_balancer.port``.

        Raises
        ------
        RehearsalError
            Something on the way is not a mapping, or the key holds one.
        """
        self._put(file, key, value)
        self._note(file, key, value)

    def leave_out(self, file: str, key: str) -> None:
        """Take one key out of a YAML file, with all that it holds; comments are lost.

        Parameters
        ----------
        file, key
            As for `set`; a file that lacks the key stays without it.
        """
        self._put(file, key, None)
        self._note(file, key, None)

    @property
    def _notes(self) -> Path:
        return self.directory.with_name(f"{self.directory.name}.set.json")

    def _was_set(self) -> list[tuple[str, str, str | int | None]]:
        if not self._notes.exists():
            return []
        return [(file, key, value) for file, key, value in json.loads(self._notes.read_text())]

    def _note(self, file: str, key: str, value: str | int | None) -> None:
        self._notes.write_text(json.dumps([*self._was_set(), (file, key, value)]))

    def _put(self, file: str, key: str, value: str | int | None) -> None:
        *way, last = key.split(".")
        with yaml_file.edited(self._existing(file)) as document:
            mapping = document
            for name in way:
                mapping = mapping.setdefault(name, {}) if isinstance(mapping, dict) else None
            if value is None and isinstance(mapping, dict):
                mapping.pop(last, None)
                return
            if not isinstance(mapping, dict) or isinstance(mapping.get(last), dict):
                raise RehearsalError(f"{file}: {key} is not a single value there: make it one")
            mapping[last] = str(value)

    def _existing(self, file: str) -> Path:
        if not (path := self.directory / file).exists():
            raise RehearsalError(
                f"{file}: the rehearsal edits this file, but the project has none: restore it"
            )
        return path
