"""The Python packages of builds, fetched once into a folder.

A build begins with nothing but its source, and an index lists thousands of versions, among which
pip takes ten seconds to choose a dozen. Builds of a rehearsal install from a folder that holds the
files of the locks and no others; pip checks their hashes as ever.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from slipway.leash import Leashed
from slipway.rehearsal.one_at_a_time import one_at_a_time

# What the commands of builds install from.
_LOCKS = (
    "requirements-dev.txt",
    "requirements.txt",
    "pipeline/requirements.txt",
    "pipeline/syft/requirements.txt",
    "services/*/requirements.txt",
    "services/*/requirements-test.txt",
)
_PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)")
# Each is busy choosing: as many at once as a small machine has processors.
_AT_ONCE = 4


def gather_packages(
    project: Path, folder: Path, *, progress: Callable[[str], None] = lambda _: None
) -> dict[str, str]:
    """Fetch what the locks of a project name, except what is there already.

    Parameters
    ----------
    project
        With its locks.
    folder
        Where the packages of all rehearsals are kept.
    progress
        Told in a sentence what takes time, and what fails.

    Returns
    -------
    dict[str, str]
        The variables with which pip looks there and nowhere else. None, if something can't be
        fetched, or has to be built on this machine: builds ask the index then.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(folder / ".lock"):
        wanted = _entries(
            file for pattern in _LOCKS for file in sorted(project.glob(pattern)) if file.is_file()
        )
        missing = {pin: entry for pin, entry in wanted.items() if not _file(pin, folder).exists()}
        if missing:
            progress(f"fetching {len(missing)} Python packages for the builds")
            if not _fetch(missing, folder):
                progress(f"not all could be fetched ({folder} has pip's logs): builds fetch theirs")
                return {}
            for pin in missing:
                _file(pin, folder).touch()
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)}


def _entries(locks: Iterator[Path]) -> dict[str, str]:
    """Return the requirements of locks, each with its hashes, by ``name==version``."""
    found: dict[str, str] = {}
    for lock in locks:
        for entry in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8")):
            if pin := _PIN.match(entry):
                found.setdefault(pin.group(), entry)
    return found


def _file(pin: str, folder: Path) -> Path:
    """Name the mark of a requirement that was fetched, or that is of other systems only."""
    return folder / f"{pin}.fetched"


def _fetch(missing: Mapping[str, str], folder: Path) -> bool:
    """Fetch requirements by several pips at once, and tell whether all could be."""
    with contextlib.ExitStack() as stack:
        running = []
        for number, share in enumerate(_shares(missing)):
            lock, log = folder / f"fetch-{number}.txt", folder / f"fetch-{number}.log"
            lock.write_text("\n".join(share) + "\n", encoding="utf-8")
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input"]
            # What would have to be built here needs more than its lock says.
            pip += ["--no-deps", "--only-binary", ":all:", "--require-hashes"]
            command = [*pip, "--dest", str(folder), "--requirement", str(lock)]
            output = stack.enter_context(log.open("wb"))
            running.append(
                stack.enter_context(Leashed(command, stdout=output, stderr=subprocess.STDOUT))
            )
        codes = [process.wait() for process in running]
        return not any(codes)


def _shares(missing: Mapping[str, str]) -> list[list[str]]:
    """Deal requirements out; of a package with two versions, each to another pip."""
    shares: list[dict[str, str]] = [{} for _ in range(min(_AT_ONCE, len(missing)))]
    for pin, entry in missing.items():
        name = pin.partition("==")[0]
        free = [share for share in shares if name not in share]
        if not free:
            free = [{}]
            shares += free
        min(free, key=len)[name] = entry
    return [list(share.values()) for share in shares]
