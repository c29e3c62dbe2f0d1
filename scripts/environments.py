"""Python environments of locks that can't share ours: made once, and found again."""

import contextlib
import fcntl
import hashlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.installer import commands_for
from slipway.leash import Leashed

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / "build" / "environments"


def environment_of(
    lock: Path, *, below: Path = ENVIRONMENTS, takes: str = "a moment"
) -> Path | None:
    """Make the environment of a lock, or find it made, and return its Python.

    Another process that wants the same environment waits until it is whole. What is interrupted
    leaves nothing that anybody would take for an environment.

    Parameters
    ----------
    lock
        A requirements file in which every requirement has a version and its hashes.
    below
        Where environments are kept, each under a name that follows from its lock and this Python.
    takes
        What it costs to make it, for who waits.

    Returns
    -------
    Path or None
        The environment's ``bin/python``; None, after a line on standard output that says so, where
        the lock can't be installed.
    """
    digest = hashlib.sha256(sys.version.encode() + lock.read_bytes()).hexdigest()[:16]
    directory = below / digest
    python, stamp = directory / "bin" / "python", directory / "complete"
    with _alone(below / f"{digest}.lock"):
        if stamp.exists():
            return python
        name = lock.relative_to(ROOT) if lock.is_relative_to(ROOT) else lock
        print(f"Installing what {name} lists (once; it takes {takes})", flush=True)
        shutil.rmtree(directory, ignore_errors=True)
        make, install = commands_for(directory)
        for command in (make, [*install, "--require-hashes", "--requirement", str(lock)]):
            with Leashed(command, cwd=ROOT) as process:
                code = process.wait()
            if code:
                print(
                    f"{name} can't be installed: see above. Mend that and run the same command "
                    "again.",
                    flush=True,
                )
                return None
        stamp.touch()
    return python


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
