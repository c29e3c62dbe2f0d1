"""What the five functions are made of: the runtime, and the checks of one service."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

_RUNTIME = Path(__file__).parent / "runtime"


@cache
def folder_with(checks: str, own_checks: bytes | None) -> str:
    """Write the hooks' source with these checks beside it, once for all who have the same.

    Assets are staged when they are made, and the library reads a folder that it knows only once.

    Parameters
    ----------
    checks
        JSON as ``runtime/checks`` reads it.
    own_checks
        The service's ``checks.py``, where one of the checks is a function of it.
    """
    folder = Path(_folders().name) / str(folder_with.cache_info().misses)
    shutil.copytree(_RUNTIME, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "checks.json").write_text(f"{checks}\n")
    if own_checks is not None:
        (folder / "own_checks.py").write_bytes(own_checks)
    return str(folder)


@cache
def _folders() -> tempfile.TemporaryDirectory[str]:
    """Make the folder of all sources; it goes when the process ends."""
    return tempfile.TemporaryDirectory(prefix="slipway-hooks-")
