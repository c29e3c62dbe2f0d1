"""Where a rehearsal keeps its things, and what is cleared up after one that was killed."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folders:
    """Where a rehearsal keeps its things, all below the project's ``build`` folder."""

    run: Path
    """This run's own: workspace, assembly, logs. It goes when the run ends well."""
    images: Path
    """Images of all runs, by digest."""
    environments: Path
    """Python environments of all runs, by lock."""
    packages: Path
    """Python packages of the builds of all runs."""

    @classmethod
    def of(cls, project: Path) -> Folders:
        """Give a run folders that no other run uses, and clear up after runs that were killed."""
        base = project / "build" / "rehearsal"
        base.mkdir(parents=True, exist_ok=True)
        for leftover in base.glob("run-*"):
            owner = leftover.name.removeprefix("run-")
            # Another name is one that somebody gave to what they want to keep.
            if owner.isdecimal() and not _is_running(int(owner)):
                shutil.rmtree(leftover, ignore_errors=True)
        run = base / f"run-{os.getpid()}"
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir()
        return cls.around(project, run)

    @classmethod
    def around(cls, project: Path, run: Path) -> Folders:
        """Return the folders of a run that has its own already."""
        base = project / "build" / "rehearsal"
        return cls(run, base / "images", base / "environments", base / "packages")


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
