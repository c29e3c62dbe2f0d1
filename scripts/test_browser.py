"""Open every page that this repository makes in a real browser, wide and narrow, light and dark.

The reports are those of the last `make rehearse` and `make rehearse-pipeline`; the documentation is
built first.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

from scripts import docs
from scripts.environments import environment_of
from slipway.leash import Leashed, stop_when_orphaned

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests" / "browser"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    """Run the tests and return 0 only if all of them passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stop-with-parent", type=int, metavar="PID")
    options, more = parser.parse_known_args()  # The others are pytest's: -k network
    if options.stop_with_parent is not None:
        stop_when_orphaned(options.stop_with_parent)
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("No Chromium is here: apt-get install chromium, and run it again.", file=sys.stderr)
        return 1
    python = environment_of(TESTS / "requirements.txt")
    if python is None or docs.build():
        return 1
    command = [str(python), "-m", "pytest", str(TESTS), *more]
    with Leashed(command, cwd=ROOT, env={**os.environ, "SLIPWAY_BROWSER": browser}) as process:
        return process.wait()


if __name__ == "__main__":
    sys.exit(main())
