"""The machine that we are on: what the command line itself needs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from slipway.doctor.finding import Finding, mend, ok

_SET_UP = "make set-up"
# What pyproject.toml asks for.
_LEAST_PYTHON = (3, 11)
_PATIENCE_SECONDS = 20
_PLUGIN = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/"
    "session-manager-working-with-install-plugin.html"
)


def look_at_machine(checkout: Path) -> Iterator[Finding]:
    """Look for Python, Node.js, the CDK's command line, and what ``slipway exec`` wants."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < _LEAST_PYTHON:
        least = ".".join(map(str, _LEAST_PYTHON))
        yield mend("Python", f"{version}, not {least} or later", f"PYTHON=python{least} {_SET_UP}")
    else:
        yield ok("Python", version)
    yield _node(checkout)
    yield _cdk(checkout)
    if shutil.which("session-manager-plugin"):
        yield ok("session-manager-plugin", "installed", _PLUGIN)
    else:
        says = "not installed, which only slipway exec on AWS would want"
        yield ok("session-manager-plugin", says, _PLUGIN)


def _node(checkout: Path) -> Finding:
    node = checkout / ".venv" / "bin" / "node"
    program = str(node) if node.exists() else shutil.which("node")
    if program is None:
        return mend("Node.js", "not installed", _SET_UP)
    try:
        said = subprocess.run(
            [program, "--version"],
            capture_output=True,
            text=True,
            check=True,
            timeout=_PATIENCE_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return mend("Node.js", f"{program} doesn't run ({error})", _SET_UP)
    return ok("Node.js", said.stdout.strip())


def _cdk(checkout: Path) -> Finding:
    wanted = json.loads((checkout / "package.json").read_text())["devDependencies"]["aws-cdk"]
    installed = checkout / "node_modules" / "aws-cdk" / "package.json"
    if not installed.exists():
        return mend("CDK command line", "not installed", _SET_UP)
    found = json.loads(installed.read_text())["version"]
    if found != wanted:
        return mend("CDK command line", f"{found}, package.json has {wanted}", _SET_UP)
    return ok("CDK command line", found)
