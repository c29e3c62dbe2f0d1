"""Run the tests: the fast ones, those with real parts, every environment, or interruptions."""

import argparse
import hashlib
import shutil
import sys
from pathlib import Path

from slipway.leash import Leashed, stop_when_orphaned

ROOT = Path(__file__).resolve().parent.parent
FAST = ("tests/unit", "tests/snapshots", "tests/policy")

TAKES = {
    "rehearsal": "about two minutes",
    "environments": "about two minutes",
    "interruption": "about five minutes",
}
NEXT = {
    "rehearsal": (
        "The rehearsal and its tests passed. Next: open build/rehearsal/report.html, "
        "then run make test."
    ),
    "environments": "Every environment came up on a local AWS, served over TLS, and went clean.",
    "interruption": "Nothing was left behind, whenever and however a rehearsal was stopped.",
}


def main() -> int:
    """Run one kind of tests and return 0 only if all of them passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("fast", *TAKES))
    parser.add_argument("--stop-with-parent", type=int, metavar="PID")
    options = parser.parse_args()
    if options.stop_with_parent is not None:
        stop_when_orphaned(options.stop_with_parent)
    if options.kind != "fast":
        print(
            f"\nTesting with real parts: tests/{options.kind} ({TAKES[options.kind]})", flush=True
        )
        code = _run([sys.executable, "-m", "pytest", f"tests/{options.kind}"], cwd=ROOT)
        print(NEXT[options.kind] if code == 0 else "Some tests failed: see above.")
        return code
    codes = [_test_service(service) for service in sorted((ROOT / "services").iterdir())]
    # Last, so that its closing line is what one sees at the end.
    codes.append(_run([sys.executable, "-m", "pytest", *FAST], cwd=ROOT))
    return max(codes)


def _test_service(service: Path) -> int:
    """Test a service in an environment of its own, made from its own lock: it is shipped alone."""
    lock = service / "requirements-test.txt"
    if not lock.exists():
        return 0
    python = _environment(lock)
    if python is None:
        return 1
    print(f"{service.relative_to(ROOT)}: ", end="", flush=True)
    return _run([str(python), "-m", "pytest", "-q"], cwd=service)


def _environment(lock: Path) -> Path | None:
    """Make the environment of a lock, or find it made; None, and a line that says so, if not."""
    digest = hashlib.sha256(sys.version.encode() + lock.read_bytes()).hexdigest()[:16]
    directory = ROOT / "build" / "test-environments" / digest
    python = directory / "bin" / "python"
    stamp = directory / "complete"
    if not stamp.exists():
        print(f"Installing what {lock.relative_to(ROOT)} lists (once)", flush=True)
        shutil.rmtree(directory, ignore_errors=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        for command in (
            [sys.executable, "-m", "venv", str(directory)],
            [*pip, "--require-hashes", "-r", str(lock)],
        ):
            if _run(command, cwd=ROOT):
                print(f"{lock.relative_to(ROOT)} can't be installed: see above.", flush=True)
                return None
        stamp.touch()
    return python


def _run(command: list[str], *, cwd: Path) -> int:
    with Leashed(command, cwd=cwd) as process:
        return process.wait()


if __name__ == "__main__":
    sys.exit(main())
