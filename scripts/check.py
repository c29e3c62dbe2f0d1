"""Check style, types, Dockerfiles, secrets and lock files; say of each whether it holds."""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from slipway.leash import Leashed, stop_when_orphaned

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"


def main() -> int:
    """Run checks, even after one that failed, and return 0 only if all of them hold."""
    checks = dict(_checks())
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("check", nargs="*", help=f"by default all of them: {', '.join(checks)}")
    parser.add_argument("--stop-with-parent", type=int, metavar="PID")
    options = parser.parse_args()
    if unknown := [name for name in options.check if name not in checks]:
        parser.error(f"no check is called {unknown[0]}: there are {', '.join(checks)}")
    if options.stop_with_parent is not None:
        stop_when_orphaned(options.stop_with_parent)
    names = options.check or list(checks)
    failed = [name for name in names if not _holds(name, checks[name])]
    if failed:
        print(f"\n{len(failed)} failed: {', '.join(failed)}. Their output is above.")
        return 1
    print(
        "\nEverything holds. Next: make policy"
        if names == list(checks)
        else "\nWhat was asked holds."
    )
    return 0


def _checks() -> Iterator[tuple[str, list[str]]]:
    yield "ruff check", [str(BIN / "ruff"), "check", "--quiet", "."]
    yield "ruff format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]
    yield "mypy --strict", [str(BIN / "mypy"), "--no-error-summary"]
    dockerfiles = sorted(map(str, ROOT.glob("services/*/Dockerfile")))
    yield "hadolint", [str(BIN / "hadolint"), *dockerfiles]
    yield "secrets", [sys.executable, "scripts/secret_detection.py"]
    yield "lock files", [sys.executable, "-m", "slipway", "lock", "--check"]


def _holds(name: str, command: list[str]) -> bool:
    print(f"  {name:<16}", end="", flush=True)
    started = time.monotonic()
    with (
        tempfile.TemporaryFile() as output,
        Leashed(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        code = process.wait()
        output.seek(0)
        text = output.read().decode(errors="replace")
    print(f"{'ok' if code == 0 else 'FAILED':<8}{time.monotonic() - started:5.1f} s", flush=True)
    if code:
        print(text.rstrip() or f"(exit code {code}, no output)", flush=True)
    return code == 0


if __name__ == "__main__":
    sys.exit(main())
