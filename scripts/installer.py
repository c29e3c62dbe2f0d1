"""How a Python environment is made and filled, by a pip that need not be its own.

To give each environment a pip takes longer than to install most locks, so an environment does
without where this Python has one.
"""

import subprocess
import sys
from pathlib import Path

# The first that can install into another environment.
# https://pip.pypa.io/en/stable/news/#v22-3
_OLDEST_PIP = (22, 3)


def options_of_installing() -> list[str]:
    """Return how pip installs here: quietly, and without compiling what nobody may import.

    Python compiles what is imported, and that is a small part. Where it is told to write no
    bytecode, it would do so again at every start: seconds of each synthesis.
    """
    compiling = [] if sys.dont_write_bytecode else ["--no-compile"]
    return ["--disable-pip-version-check", "install", "--quiet", *compiling]


def commands_for(environment: Path) -> tuple[list[str], list[str]]:
    """Return the command that makes an environment, and the beginning of one that fills it."""
    python = str(environment / "bin" / "python")
    options = options_of_installing()
    make = [sys.executable, "-m", "venv"]
    for candidate in dict.fromkeys((sys.executable, _base())):
        if _has_pip(candidate):
            pip = [candidate, "-m", "pip", "--python", python]
            return [*make, "--without-pip", str(environment)], [*pip, *options]
    return [*make, str(environment)], [python, "-m", "pip", *options]


def _base() -> str:
    """Return the Python that this one's environment was made with."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return str(Path(sys.base_prefix) / "bin" / f"python{version}")


def _has_pip(python: str) -> bool:
    """Tell whether a Python has a pip that can fill the environment of another."""
    ask = "import importlib.metadata; print(importlib.metadata.version('pip'))"
    try:
        asked = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    major, minor, *_ = asked.stdout.strip().split(".")
    return (int(major), int(minor)) >= _OLDEST_PIP
