"""Run a command and note how long it took: ``clock.py RESULT COMMAND...``.

It runs on the leash, beside the command: what the leash itself costs is not measured.
"""

import json
import subprocess
import sys
import time
from pathlib import Path


def main() -> int:
    """Run it, and return its exit code."""
    result, *command = sys.argv[1:]
    started = time.perf_counter()
    code = subprocess.call(command)
    Path(result).write_text(json.dumps({"seconds": time.perf_counter() - started}))
    return code


if __name__ == "__main__":
    sys.exit(main())
