"""The temporary files of this process, and of those that were killed."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


def scratch_folder() -> Path:
    """Make a folder for temporary files, and remove those whose owners were killed."""
    for folder in Path(tempfile.gettempdir()).glob("local-aws-*-*"):
        owner = folder.name.split("-")[2]
        if owner.isdigit() and not _runs(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"local-aws-{os.getpid()}-"))


def _runs(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it belongs to somebody else
    return True
