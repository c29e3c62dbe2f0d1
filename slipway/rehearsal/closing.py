"""The end of what a rehearsal has opened, and what it leaves of its logs."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path

from slipway.rehearsal.cloud import LocalCloud
from slipway.rehearsal.errors import RehearsalError


def close(
    stack: ExitStack,
    cloud: LocalCloud,
    folder: Path,
    error: BaseException | None,
    *,
    keep_logs: bool,
) -> None:
    """End all that was opened, and remove the folder of a run that went well.

    Parameters
    ----------
    stack
        What ends.
    cloud
        On which the rehearsal took place.
    folder
        Where its logs are: a run that went wrong keeps them.
    error
        What ended the run, if anything went wrong.
    keep_logs
        Whether a run that raised nothing keeps its logs as well.

    Raises
    ------
    RehearsalError
        The cloud has died: whatever could not be reached, that is why.
    """
    try:
        if isinstance(error, Exception) and not isinstance(error, RehearsalError):
            cloud.require_alive()
    finally:
        stack.close()
    if error is None and not keep_logs:
        shutil.rmtree(folder, ignore_errors=True)
