"""Build the documentation as a site into build/docs, or show it while it is written.

Strict: a page that no index names, and a link or an anchor that leads nowhere, are failures.
"""

import argparse
import os
import sys
from pathlib import Path

from scripts.environments import environment_of
from slipway.leash import Leashed, stop_when_orphaned

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "docs" / "requirements.txt"
SITE = ROOT / "build" / "docs"


def main() -> int:
    """Build the site, or serve it until somebody ends it; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", action="store_true", help="on http://127.0.0.1:8000, and watch")
    parser.add_argument("--stop-with-parent", type=int, metavar="PID")
    options = parser.parse_args()
    if options.stop_with_parent is not None:
        stop_when_orphaned(options.stop_with_parent)
    if options.serve:
        return _mkdocs("serve")
    code = build()
    if code == 0:
        print(f"Next: open {SITE.relative_to(ROOT)}/index.html, or make docs-serve for its search")
    return code


def build() -> int:
    """Build the site, and return 0 only if nothing in it leads nowhere."""
    if _mkdocs("build", "--strict"):
        print("The documentation could not be built: see above. Mend that and run it again.")
        return 1
    pages = len(list(SITE.rglob("*.html")))
    print(f"The documentation has {pages} pages.", flush=True)
    return 0


def _mkdocs(*command: str) -> int:
    python = environment_of(LOCK)
    if python is None:
        return 1
    # It announces on each run until when mkdocs-material is kept: docs/decisions/0033.
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    with Leashed([str(python), "-m", "mkdocs", *command], cwd=ROOT, env=environment) as process:
        return process.wait()


if __name__ == "__main__":
    sys.exit(main())
