"""Images without a container engine: a service's folder, named by what is in it.

The local AWS runs an image from a directory ``<images>/<hex>/`` that holds the service's files and
an ``image.json`` with the command, the environment variables and the working directory. The name is
the sha256 of an OCI image manifest, as it would be with a real image, so that templates, registry
and task definitions can't tell the difference.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from slipway.dockerfile import context_files
from slipway.leash import Leashed
from slipway.rehearsal.dockerfile import Dockerfile
from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.oci import ARCHITECTURE, CONTENT, Blobs, pack
from slipway.rehearsal.one_at_a_time import one_at_a_time

_LOCK = "requirements.txt"


@dataclass(frozen=True)
class Image:
    """A service's image as the rehearsal's registry and tasks know it."""

    digest: str
    """``sha256:<hex>`` of the manifest."""
    directory: Path
    """What the local AWS runs; its name is the digest's ``<hex>``."""
    blobs: Blobs
    """What a registry keeps of it."""

    @property
    def manifest(self) -> str:
        """The OCI image manifest, for ECR's PutImage."""
        return self.blobs.manifest.decode()


def build(
    source: Path,
    images: Path,
    *,
    environments: Path,
    architecture: str = ARCHITECTURE,
    progress: Callable[[str], None] = lambda _: None,
) -> Image:
    """Build the image of a service's folder, or find it built already.

    The same files, lock, command and variables give the same digest on every machine.

    Parameters
    ----------
    source
        The service's folder: Dockerfile, ``requirements.txt`` with hashes, .dockerignore, source.
    images
        Where images are kept.
    environments
        Where the Python environments of locks are kept, to be shared by images.
    architecture
        What the image says that it is for; it runs here whatever that is.
    progress
        Told in a sentence what takes time.

    Raises
    ------
    RehearsalError
        The folder lacks something, or the lock can't be installed.
    """
    dockerfile = Dockerfile.read(source / "Dockerfile")
    lock = _lock_of(source)
    files = context_files(source)
    blobs = pack(files, dockerfile, lock, architecture=architecture)
    python = _python_environment(lock, environments, progress)
    directory = images.resolve() / blobs.digest.removeprefix("sha256:")
    if not directory.exists():
        _write_atomically(directory, files)
    # Written each time: the image is the same under another Python, its environment isn't.
    unfinished = directory / f"image.json.{os.getpid()}"
    unfinished.write_text(_description(dockerfile, directory, python))
    unfinished.replace(directory / "image.json")
    return Image(blobs.digest, directory, blobs)


def _lock_of(source: Path) -> bytes:
    lock = source / _LOCK
    if not lock.is_file():
        raise RehearsalError(
            f"services/{source.name}/{_LOCK}: not found: the rehearsal runs Python services; write "
            "what it needs into requirements.in (nothing is fine too), then make lock"
        )
    return lock.read_bytes()


def _description(dockerfile: Dockerfile, directory: Path, python: Path) -> str:
    path = os.pathsep.join([str(python / "bin"), "/usr/bin", "/bin"])
    return json.dumps(
        {
            "command": dockerfile.command,
            "environment": {**dockerfile.environment, "PATH": path},
            "working_directory": str(directory / CONTENT),
        },
        indent=2,
    )


def _write_atomically(directory: Path, files: dict[str, Path]) -> None:
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory.parent, prefix=".build-") as unfinished:
        image = Path(unfinished) / directory.name
        (image / CONTENT).mkdir(parents=True)
        for path, file in files.items():
            target = image / CONTENT / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target, follow_symlinks=False)
        try:
            image.rename(directory)
        except OSError:
            # Another rehearsal may have built the same image meanwhile: then its copy is as good.
            if not directory.exists():
                raise


def _python_environment(lock: bytes, environments: Path, progress: Callable[[str], None]) -> Path:
    """Return a virtual environment with exactly what a lock says."""
    key = hashlib.sha256(lock + sys.version.encode()).hexdigest()
    environments = environments.resolve()
    environments.mkdir(parents=True, exist_ok=True)
    environment = environments / key
    # Scripts in an environment hold its path, so it can't be renamed into place: the stamp tells
    # a finished one from one that was interrupted.
    stamp = environment / "complete"
    with one_at_a_time(environments / f"{key}.lock"):
        # A Python that was since removed from the machine leaves a link to nowhere.
        if not (stamp.exists() and (environment / "bin" / "python").exists()):
            shutil.rmtree(environment, ignore_errors=True)
            if count := lock.count(b"=="):
                progress(f"installing {count} locked packages of a service")
            _install(lock, environment, log=environments / f"{key}.log")
            stamp.touch()
    return environment


def _install(lock: bytes, environment: Path, *, log: Path) -> None:
    requirements = log.with_suffix(".txt")
    requirements.write_bytes(lock)
    # The environment itself needs no pip: ours installs into it.
    venv = ["-m", "venv", "--without-pip", str(environment)]
    pip = ["-m", "pip", "--python", str(environment / "bin" / "python")]
    # Compiled, as pip does it in an image: a service that may write no bytecode would otherwise
    # compile its packages at each start, which doubles what a start takes.
    pip += ["install", "--require-hashes", "--no-input", "--requirement", str(requirements)]
    with log.open("wb") as output:
        for arguments in (venv, pip):
            command = [sys.executable, *arguments]
            with Leashed(command, stdout=output, stderr=subprocess.STDOUT) as running:
                code = running.wait()
            if code:
                raise RehearsalError(
                    f"{_LOCK}: can't be installed: {_last_error(log)} (all of it: {log})"
                )


def _last_error(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return next(iter(errors[-1:] or lines[-1:]), "no output").removeprefix("ERROR: ")
