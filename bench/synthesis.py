"""Run app.py in this process and note what its phases cost: ``python -m bench.synthesis RESULT``.

The result is a JSON object: seconds of ``import``, ``construction`` and ``synthesis``, and
``peak_memory_bytes``.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch


def main() -> int:
    """Run the app, and return its exit code."""
    result = Path(sys.argv[1])
    started = time.perf_counter()
    import aws_cdk

    import app

    imported = time.perf_counter()
    synth = _Timed(aws_cdk.App.synth)
    with patch.object(aws_cdk.App, "synth", lambda *arguments: synth(*arguments)):
        code = app.main()
    finished = time.perf_counter()
    phases = {
        "import": imported - started,
        # Everything else that app.py does: settings, constructs, and the digests of assets.
        "construction": finished - imported - synth.seconds,
        "synthesis": synth.seconds,
        "peak_memory_bytes": peak_memory_bytes(),
    }
    result.write_text(json.dumps(phases))
    return code


class _Timed:
    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.seconds = 0.0

    def __call__(self, *arguments: Any) -> Any:
        started = time.perf_counter()
        try:
            return self._function(*arguments)
        finally:
            self.seconds += time.perf_counter() - started


def peak_memory_bytes() -> int:
    """Return the most memory that this process and its children, node among them, ever held.

    Each process's own peak counts, whenever it was: an upper bound.
    https://man7.org/linux/man-pages/man5/proc_pid_status.5.html (VmHWM, PPid)
    """
    statuses = dict(_statuses())
    family = {os.getpid()}
    while (
        children := {pid for pid, status in statuses.items() if int(status["PPid"]) in family}
        - family
    ):
        family |= children
    return sum(int(statuses[pid]["VmHWM"].removesuffix(" kB")) for pid in family) * 1024


def _statuses() -> Iterator[tuple[int, dict[str, str]]]:
    for file in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = file.read_text(errors="replace").splitlines()
        except OSError:  # It ended meanwhile.
            continue
        status = {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}
        if "VmHWM" in status:  # Kernel threads and zombies have no memory.
            yield int(file.parent.name), status


if __name__ == "__main__":
    sys.exit(main())
